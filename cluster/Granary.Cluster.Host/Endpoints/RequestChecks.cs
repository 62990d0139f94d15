using Granary.Cluster.Grains;
using Granary.Cluster.Ledger;
using Granary.Cluster.Protocol;
using Granary.Core.Configuration;

namespace Granary.Cluster.Host.Endpoints;

/// <summary>What a body may hold, beyond its JSON's form; all faults are told of at once.</summary>
internal static class RequestChecks
{
    private const int MostNameCharacters = 64;
    private const int MostDatasetCharacters = 200;
    private const int MostShards = 100_000;
    private const int MostLeases = 4_096;
    private const int MostWords = 1_024;
    private const int MostTextCharacters = 4_096;

    private const string NameRule = "1 to 64 letters, digits, '.', '_' or '-', beginning with a letter or digit";
    private const string DatasetRule = "1 to 200 letters, digits, '.', '_', '-' or '/', beginning with a letter or digit";

    internal static void Check(NodeDescription node)
    {
        Collect("node", errors =>
        {
            errors.Require(IsName(node.Id), "id", node.Id, NameRule);
            errors.Require(node.Address.Length is > 0 and <= 255, "address", node.Address, "a name or an address of at most 255 characters");
            errors.Require(node.Threads >= 1, "threads", node.Threads, "1 or more");
            errors.Require(node.Drivers >= 0, "drivers", node.Drivers, "0 or more");
            errors.Require(node.MemoryBytes >= 0, "memory_bytes", node.MemoryBytes, "0 or more");
            errors.Require(node.Gpus.Count <= MostLeases, "gpus", node.Gpus.Count, $"at most {MostLeases} names");
        });
    }

    internal static void Check(Heartbeat heartbeat)
    {
        Collect("heartbeat", errors =>
        {
            errors.Require(heartbeat.Leases.Count <= MostLeases, "leases", heartbeat.Leases.Count, $"at most {MostLeases}");
            errors.Require(heartbeat.Leases.All(lease => (lease.Progress?.Length ?? 0) <= MostTextCharacters), "leases.progress", "longer", $"at most {MostTextCharacters} characters");
        });
    }

    internal static void Check(NodeOffer offer)
    {
        Collect("offer", errors =>
        {
            errors.Require(IsName(offer.Node), "node", offer.Node, NameRule);
            errors.Require(offer.Threads >= 0, "threads", offer.Threads, "0 or more");
            errors.Require(offer.Drivers >= 0, "drivers", offer.Drivers, "0 or more");
            errors.Require(offer.Gpus >= 0, "gpus", offer.Gpus, "0 or more");
        });
    }

    internal static void Check(CommitRequest commit)
    {
        Collect("commit", errors =>
        {
            errors.Require(IsName(commit.Operation), "operation", commit.Operation, NameRule);
            CheckShard(commit.Shard, errors);
            errors.Require(commit.Output.Bytes >= 0, "output.bytes", commit.Output.Bytes, "0 or more");
            errors.Require((commit.Output.Path?.Length ?? 0) <= MostTextCharacters, "output.path", commit.Output.Path?.Length, $"at most {MostTextCharacters} characters");
            errors.Require(commit.Output.Sha256 is not { } hash || (hash.Length == 64 && hash.All(char.IsAsciiHexDigitLower)), "output.sha256", commit.Output.Sha256, "64 digits of lower-case hexadecimal");
        });
    }

    internal static void Check(ReleaseRequest release)
    {
        Collect("release", errors =>
        {
            CheckShard(release.Shard, errors);
            errors.Require((release.Failure?.Length ?? 0) <= MostTextCharacters, "failure", release.Failure?.Length, $"at most {MostTextCharacters} characters; the log has room for more");
        });
    }

    internal static void Check(JobSubmission job)
    {
        Collect("job", errors => errors.Require(IsName(job.Key), "key", job.Key, NameRule));
    }

    internal static void Check(DatasetSpec dataset, string folder)
    {
        Collect("dataset", errors =>
        {
            errors.Require(IsDataset(dataset.Id), "id", dataset.Id, DatasetRule);
            errors.Require(IsName(dataset.Job), "job", dataset.Job, NameRule);

            // A token that is for one job alone is held to that by the names of datasets.
            errors.Require(dataset.Id.StartsWith($"{dataset.Job}/", StringComparison.Ordinal), "id", dataset.Id, $"the job's id and '/' and a name: '{dataset.Job}/NAME'");
            errors.Require(dataset.Kind != DatasetKind.Driver && !IsDriver(dataset.Id), "kind", dataset.Kind, "'work' or 'ranks', and not called 'driver': a job's own process is made by handing the job in");
            errors.Require(dataset.MostFailures >= 1, "most_failures", dataset.MostFailures, "1 or more");
            CheckWork(dataset.Shards, dataset.Kind == DatasetKind.Ranks, dataset.Job, folder, errors);
        });
    }

    internal static void Check(AddRequest add, string folder)
    {
        Collect("shards", errors =>
        {
            errors.Require(IsName(add.Operation), "operation", add.Operation, NameRule);
            errors.Require(IsDataset(add.Dataset) && !IsDriver(add.Dataset), "dataset", add.Dataset, $"{DatasetRule}, and no job's own process");
            CheckWork(add.Shards, areRanks: false, add.Dataset.Split('/')[0], folder, errors);
        });
    }

    internal static void Check(JoinRequest join)
    {
        Collect("generation", errors =>
        {
            CheckShard(new ShardKey(join.Dataset, join.Member.Rank), errors);
            errors.Require(IsName(join.Member.Node), "member.node", join.Member.Node, NameRule);
            errors.Require(join.Member.Address.Length is > 0 and <= 255, "member.address", join.Member.Address, "a name or an address of at most 255 characters");
            errors.Require(join.Member.Port is > 0 and <= ushort.MaxValue, "member.port", join.Member.Port, "from 1 to 65,535");
        });
    }

    internal static void CheckDataset(string id)
    {
        Collect("query", errors => errors.Require(IsDataset(id), "id", id, DatasetRule));
    }

    /// <summary>Whether a word may be a job's or a node's id.</summary>
    internal static bool IsName(string name)
    {
        return name.Length is > 0 and <= MostNameCharacters && IsWord(name) && !name.Contains('/');
    }

    private static bool IsDataset(string id)
    {
        return id.Length is > 0 and <= MostDatasetCharacters && IsWord(id);
    }

    private static bool IsDriver(string dataset) => dataset.IndexOf('/') is > 0 and var end && dataset[(end + 1)..] == IJobGrain.Driver;

    private static bool IsWord(string text)
    {
        return char.IsAsciiLetterOrDigit(text[0]) && text.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '.' or '_' or '-' or '/');
    }

    private static void CheckShard(ShardKey shard, ConfigurationErrors errors)
    {
        errors.Require(IsDataset(shard.Dataset ?? string.Empty), "shard.dataset", shard.Dataset, DatasetRule);
        errors.Require(shard.Index >= 0, "shard.index", shard.Index, "0 or more");
    }

    private static void CheckWork(IReadOnlyList<ShardWork> shards, bool areRanks, string job, string folder, ConfigurationErrors errors)
    {
        errors.Require(shards.Count <= MostShards, "shards", shards.Count, $"at most {MostShards} in one request");
        errors.Require(shards.All(work => work.Arguments.Count is > 0 and <= MostWords), "shards.arguments", "none or too many", $"1 to {MostWords} words");
        errors.Require(shards.All(work => work.Threads >= 1), "shards.threads", shards.Select(work => work.Threads).Append(1).Min(), "1 or more");
        errors.Require(shards.All(work => work.Gpus >= 0), "shards.gpus", shards.Select(work => work.Gpus).Append(0).Min(), "0 or more");
        if (shards.Select(work => JobWork.FaultOf(work, areRanks, job, folder)).FirstOrDefault(fault => fault is not null) is { } fault)
        {
            errors.Add(fault);
        }
    }

    private static void Collect(string what, Action<ConfigurationErrors> check)
    {
        var errors = new ConfigurationErrors();
        check(errors);
        errors.ThrowIfAny(what);
    }
}
