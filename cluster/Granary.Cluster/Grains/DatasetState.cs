namespace Granary.Cluster.Grains;

/// <summary>What a dataset's grain keeps over its lives; its shards the ledger knows.</summary>
internal sealed record DatasetState
{
    public int Priority { get; init; }
}
