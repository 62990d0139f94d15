namespace Granary.Distributed.Sequence;

/// <summary>How an attention's forward and its backward are shared out.</summary>
/// <param name="Forward">The schedule of the forward pass.</param>
/// <param name="Backward">The schedule of the backward pass, which may be of another family.</param>
public sealed record SchedulePair(ISequenceSchedule Forward, ISequenceSchedule Backward);
