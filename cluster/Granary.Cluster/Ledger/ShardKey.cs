namespace Granary.Cluster.Ledger;

/// <summary>Names one shard of a dataset.</summary>
/// <param name="Dataset">The dataset's id.</param>
/// <param name="Index">The shard's place in the dataset, from 0.</param>
public readonly record struct ShardKey(string Dataset, int Index)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Dataset}#{Index}";
}
