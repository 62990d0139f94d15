namespace Granary.Cluster.Ledger.Simulation.Tests;

/// <summary>
/// Watches what the ledger answers and knows, by its own book, what it had to: I1 each shard is committed once, I2 no write of a
/// token that is not the current one, I3 one answer and one effect an operation, I4 tokens strictly increase.
/// </summary>
internal sealed class Invariants
{
    private readonly Func<long> _now;
    private readonly Dictionary<ShardKey, LeaseToken> _last = [];
    private readonly HashSet<(ShardKey, LeaseToken)> _granted = [];
    private readonly HashSet<string> _lost = [];
    private Book _book = new();

    public Invariants(Func<long> now)
    {
        _now = now;
    }

    /// <summary>The first thing that must not be; null while all is well.</summary>
    public string? Violation { get; private set; }

    /// <summary>The incarnation of the last grant.</summary>
    public long Incarnation { get; private set; }

    public Book Copy() => _book.Copy();

    public void Fail(string violation) => Violation ??= violation;

    public void Restored(Book copy)
    {
        _lost.UnionWith(_book.Answers.Keys.Except(copy.Answers.Keys));
        _book = copy.Copy();
        _lost.ExceptWith(_book.Answers.Keys);
        foreach (var holder in _book.Holders.Values)
        {
            holder.IsEnded = true;
        }
    }

    public void Granted(ShardKey shard, LeaseToken token, long until)
    {
        if (_last.TryGetValue(shard, out var last) && Compare(token, last) <= 0)
        {
            Fail($"I4: {shard} was granted as {token} after {last}");
        }

        if (_book.Holders.TryGetValue(shard, out var holder) && holder.Holds(_now()))
        {
            Fail($"I2: {shard} was granted as {token} while {holder.Token} holds it");
        }

        if (_book.Done.ContainsKey(shard) || _book.Cancelled.Contains(shard.Dataset))
        {
            Fail($"I1: {shard} was granted although nobody needs it");
        }

        _last[shard] = token;
        _granted.Add((shard, token));
        _book.Holders[shard] = new Holder { Token = token, Until = until };
        Incarnation = token.Incarnation;
    }

    public void Renewed(ShardKey shard, LeaseToken token, bool isRenewed, long until)
    {
        var holder = HolderOf(shard, token);
        if (isRenewed != (holder?.Holds(_now()) ?? false))
        {
            Fail(isRenewed ? $"I2: a renewal of {shard} by {token} was taken" : $"{shard} was not renewed for {token}, which holds it");
        }
        else if (isRenewed)
        {
            holder!.Until = until;
        }
    }

    public void Committed(string operation, ShardKey shard, LeaseToken token, bool isCommitted, int lines)
    {
        var isKnown = _book.Answers.ContainsKey(operation);
        if (isKnown != isCommitted && (isKnown || HolderOf(shard, token)?.Holds(_now()) != true))
        {
            Fail(isKnown ? $"I3: operation {operation} had committed {shard} and is told otherwise" : $"I2: a commit of {shard} by {token} was taken");
        }

        if (!isCommitted && HolderOf(shard, token)?.Holds(_now()) == true)
        {
            Fail($"{token} holds {shard} and its commit was refused");
        }

        if (isCommitted && !isKnown)
        {
            Apply(operation, shard, token);
        }

        if (lines != _book.Done.Count)
        {
            Fail($"I1: the ledger has {lines} lines for {_book.Done.Count} commits");
        }
    }

    public void Released(ShardKey shard, LeaseToken token, bool isReleased)
    {
        var holder = HolderOf(shard, token);
        if (isReleased != (holder is { IsEnded: false }))
        {
            Fail(isReleased ? $"I2: {shard} was given back by {token}" : $"{shard} was not given back by {token}, whose it is");
        }
        else if (isReleased)
        {
            holder!.IsEnded = true;
        }
    }

    public void Added(string operation, int first, int count)
    {
        if (_book.Answers.TryGetValue(operation, out var answer) ? answer != first : first != _book.Shards)
        {
            Fail($"I3: operation {operation} added from {first} on");
        }

        if (_book.Answers.TryAdd(operation, first))
        {
            _book.Shards += count;
        }
    }

    public void Created(int shards) => _book.Shards = shards;

    public void Cancelled(string dataset)
    {
        _book.Cancelled.Add(dataset);
        foreach (var (shard, holder) in _book.Holders)
        {
            holder.IsEnded |= shard.Dataset == dataset;
        }
    }

    /// <summary>What the ledger has at the end.</summary>
    public void Ended(int shards)
    {
        if (shards != _book.Shards)
        {
            Fail($"I3: the dataset has {shards} shards for the {_book.Shards} that were added");
        }
    }

    public void WorkerTold(string operation, ShardKey shard, LeaseToken token, bool isCommitted)
    {
        if (isCommitted && !_book.Answers.ContainsKey(operation) && !_lost.Contains(operation))
        {
            Fail($"{shard} is told to be committed by {operation} and is not");
        }

        if (!isCommitted && _book.Done.TryGetValue(shard, out var done) && done == token)
        {
            Fail($"I3: {token} committed {shard} and is told that it is fenced");
        }
    }

    public void WorkerGiven(ShardKey shard, LeaseToken token)
    {
        if (!_granted.Contains((shard, token)))
        {
            Fail($"{shard} is given as {token}, which the ledger never granted");
        }
    }

    private static int Compare(LeaseToken left, LeaseToken right) => (left.Incarnation, left.Epoch).CompareTo((right.Incarnation, right.Epoch));

    private void Apply(string operation, ShardKey shard, LeaseToken token)
    {
        if (!_book.Done.TryAdd(shard, token))
        {
            Fail($"I1: {shard} was committed again, by {token}");
        }

        _book.Answers.Add(operation, 1);
        HolderOf(shard, token)?.IsEnded = true;
    }

    private Holder? HolderOf(ShardKey shard, LeaseToken token)
    {
        return _book.Holders.TryGetValue(shard, out var holder) && holder.Token == token ? holder : null;
    }

    /// <summary>What a backup of the database holds of it.</summary>
    public sealed class Book
    {
        public int Shards { get; set; }

        public Dictionary<ShardKey, Holder> Holders { get; private init; } = [];

        public Dictionary<ShardKey, LeaseToken> Done { get; private init; } = [];

        public Dictionary<string, int> Answers { get; private init; } = [];

        public HashSet<string> Cancelled { get; private init; } = [];

        public Book Copy()
        {
            return new Book
            {
                Shards = Shards,
                Holders = Holders.ToDictionary(entry => entry.Key, entry => entry.Value.Copy()),
                Done = new(Done),
                Answers = new(Answers),
                Cancelled = [.. Cancelled],
            };
        }
    }

    public sealed class Holder
    {
        public required LeaseToken Token { get; init; }

        public required long Until { get; set; }

        public bool IsEnded { get; set; }

        public bool Holds(long now) => !IsEnded && now < Until;

        public Holder Copy() => (Holder)MemberwiseClone();
    }
}
