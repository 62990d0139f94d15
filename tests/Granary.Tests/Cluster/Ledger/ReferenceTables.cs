namespace Granary.Cluster.Ledger.Tests;

/// <summary>What the reference ledger keeps, which can be copied like a database's backup.</summary>
internal sealed class ReferenceTables
{
    public long Incarnation { get; set; }

    public List<Dataset> Datasets { get; private init; } = [];

    public List<Line> Lines { get; private init; } = [];

    public Dictionary<string, (string Request, int Answer)> Answers { get; private init; } = [];

    public ReferenceTables Copy()
    {
        return new ReferenceTables { Incarnation = Incarnation, Datasets = Datasets.ConvertAll(dataset => dataset.Copy()), Lines = [.. Lines], Answers = new(Answers) };
    }

    public sealed record Line(ShardKey Shard, LeaseToken Token, string Operation, ShardOutput Output);

    public sealed class Dataset
    {
        public required DatasetSpec Spec { get; init; }

        public required string Fingerprint { get; init; }

        public bool IsCancelled { get; set; }

        public List<Shard> Shards { get; private init; } = [];

        public HashSet<int> Removed { get; private init; } = [];

        /// <summary>The operations that added shards.</summary>
        public List<string> Adds { get; private init; } = [];

        public Dataset Copy() => new() { Spec = Spec, Fingerprint = Fingerprint, IsCancelled = IsCancelled, Shards = Shards.ConvertAll(shard => shard.Copy()), Removed = [.. Removed], Adds = [.. Adds] };
    }

    public sealed class Shard
    {
        public required ShardWork Work { get; init; }

        public ShardState State { get; set; }

        public LeaseToken Token { get; set; }

        public string? Owner { get; set; }

        public DateTimeOffset? Expires { get; set; }

        public int Failures { get; set; }

        public string? Failure { get; set; }

        public ShardOutput? Output { get; set; }

        public Shard Copy() => (Shard)MemberwiseClone();

        public ShardRow ToRow(ShardKey key)
        {
            return new ShardRow { Key = key, State = State, Work = Work, Token = Token, Owner = Owner, Expires = Expires, Failures = Failures, Failure = Failure, Output = Output };
        }
    }
}
