namespace Granary.Distributed.Sequence.Schedules;

/// <summary>What a schedule may leave out.</summary>
/// <param name="IsCausal">Whether no query sees a later position; what else a mask hides does not matter here.</param>
/// <param name="Order">How positions lie over ranks.</param>
public readonly record struct SequenceMask(bool IsCausal, SequenceOrder Order);
