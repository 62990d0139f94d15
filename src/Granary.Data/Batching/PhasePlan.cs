namespace Granary.Data.Batching;

/// <summary>A phase of a run in whole steps and rows.</summary>
/// <param name="StepsByBucket">Steps of each bucket.</param>
/// <param name="Cycles">Parts the phase is cut into, each with its mixture and a curriculum of its own.</param>
/// <param name="Odds">The odds with which each bucket is drawn while it lasts.</param>
/// <param name="RowsPerStep">Rows in a step of each bucket.</param>
/// <param name="RowsByBucket">Rows of each bucket that the phase goes through; those that fill no step are left.</param>
/// <param name="RowsByGroup">Rows each group gives.</param>
/// <param name="RowsBefore">Rows each group has given in the phases before.</param>
internal sealed record PhasePlan(
    long[] StepsByBucket, long Cycles, double[] Odds, IReadOnlyList<long> RowsPerStep, long[] RowsByBucket, long[] RowsByGroup, long[] RowsBefore)
{
    /// <summary>Steps of the phase.</summary>
    public long Steps { get; } = StepsByBucket.Sum();

    /// <summary>Steps of a bucket in front of a cycle of the phase: its share of the rows by then, rounded down to whole steps.</summary>
    public long StepsBefore(int bucket, long cycle)
    {
        return (long)((Int128)RowsByBucket[bucket] * cycle / Cycles) / RowsPerStep[bucket];
    }
}
