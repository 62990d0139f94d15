using Granary.Cluster.Ledger;

namespace Granary.Cluster.Grains;

/// <summary>What no dataset can be like.</summary>
internal static class DatasetRules
{
    /// <summary>What keeps a dataset from being made, as a sentence; null where nothing does.</summary>
    public static string? FaultOf(DatasetSpec dataset)
    {
        if (dataset.Kind == DatasetKind.Ranks)
        {
            return $"Dataset '{dataset.Id}' is of the kind 'ranks', which is not placed yet; make one of the kind 'work'.";
        }

        // Nobody takes the name of another job's own process.
        return (dataset.Kind == DatasetKind.Driver) != (dataset.Id == DriverWork.DatasetOf(dataset.Job))
            ? $"Dataset '{dataset.Id}' is of the kind '{dataset.Kind}', but '{DriverWork.DatasetOf(dataset.Job)}', and nothing else of job '{dataset.Job}', is of the kind 'Driver'."
            : FaultOf(dataset.Shards);
    }

    /// <summary>What keeps shards from being added, as a sentence; null where nothing does.</summary>
    public static string? FaultOf(IReadOnlyList<ShardWork> shards)
    {
        return shards.FirstOrDefault(shard => shard.Threads < 1) is { } shard
            ? $"A shard computes with '{shard.Threads}' threads but must have 1 or more."
            : null;
    }
}
