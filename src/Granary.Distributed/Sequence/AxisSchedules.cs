namespace Granary.Distributed.Sequence;

/// <summary>The schedules of a sequence axis: those that leave out what a causal order hides, and those for every other law.</summary>
/// <param name="Order">Which positions a rank has, whatever the law.</param>
/// <param name="Causal">For laws under which no query sees a later key.</param>
/// <param name="Full">For all others: every query meets every key.</param>
public sealed record AxisSchedules(SequenceOrder Order, SchedulePair Causal, SchedulePair Full);
