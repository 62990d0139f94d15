namespace Granary.Cluster.Grains;

/// <summary>What a dataset's grain keeps over its lives; its shards the ledger knows.</summary>
internal sealed record DatasetState
{
    public int Priority { get; init; }

    /// <summary>Whether it was cancelled, so that nothing is added to it any more.</summary>
    public bool IsCancelled { get; init; }
}
