using System.Text.Json.Serialization;

namespace Granary.Cluster.Ledger;

/// <summary>What is to be done for a shard: one call of `granary`, whose inputs and output are files.</summary>
public sealed record ShardWork
{
    /// <summary>The word that a call's arguments have where the file belongs that this grant is to write.</summary>
    public const string OutputPlaceholder = "{output}";

    /// <summary>What stands behind `granary`; "{output}" in it becomes the output's path with the grant's epoch behind it.</summary>
    public required IReadOnlyList<string> Arguments { get; init; }

    /// <summary>
    /// The file that the work makes, without the epoch that each grant puts behind it, so that a worker whose lease is over
    /// writes where nobody reads. Null where the work publishes what it makes itself, under a name that its content decides.
    /// </summary>
    public string? Output { get; init; }

    /// <summary>Threads that the work computes with. Default 1.</summary>
    public int Threads { get; init; } = 1;

    /// <summary>GPUs that its node must have. Default 0. None is not written, so that work from before is the same text.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int Gpus { get; init; }

    /// <summary>Variables of the work's environment, beside the worker's own.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();
}
