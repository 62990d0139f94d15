using Granary.Core;
using Granary.Data.Shards;

namespace Granary.Data.Batching;

/// <summary>Says which source and cluster the rows of a step come from, as the manifest tells it.</summary>
public sealed class RowGroups
{
    private readonly IStepSource _steps;
    private readonly Dictionary<int, (long[] Ends, IReadOnlyList<ShardGroup> Runs)> _buckets = []; // by exponent; where each run ends

    /// <summary>Looks up the rows of steps over a set.</summary>
    /// <exception cref="CorpusException">The set does not say which rows are whose.</exception>
    public RowGroups(ShardManifest manifest, IStepSource steps)
    {
        _steps = steps;
        foreach (var bucket in manifest.Buckets)
        {
            var runs = bucket.Groups ?? throw new CorpusException($"bucket 2^{bucket.Exponent}", "its manifest does not say which rows come from which source. Build the shards again.");
            var end = 0L;
            _buckets.Add(bucket.Exponent, ([.. runs.Select(run => end += run.Rows)], runs));
        }
    }

    /// <summary>The group of each row of a step, in the order of the batch.</summary>
    public IReadOnlyList<ShardGroup> At(long step)
    {
        var plan = _steps.PlanAt(step);
        var (ends, runs) = _buckets[plan.Exponent];
        return [.. plan.Rows.Select(row => runs[RunOf(ends, row)])];
    }

    private static int RunOf(long[] ends, long row)
    {
        var found = Array.BinarySearch(ends, row + 1);
        return found >= 0 ? found : ~found;
    }
}
