namespace Granary.Data.Batching;

/// <summary>The rows of one step; all have the same length.</summary>
/// <param name="Step">The step, counted from 0 over the whole run.</param>
/// <param name="Cycle">The cycle the step belongs to, counted from 0 over all passes.</param>
/// <param name="Exponent">The rows have 2 to this power inputs.</param>
/// <param name="Rows">The rows' numbers in their bucket, in the order of the batch.</param>
public sealed record StepPlan(long Step, long Cycle, int Exponent, IReadOnlyList<long> Rows);
