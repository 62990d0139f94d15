using Granary.Distributed.Sequence.Blocks;
using Granary.Distributed.Sequence.Engine;
using Granary.Torch.Distributed;
using Granary.Torch.Kernels;

namespace Granary.Distributed.Sequence;

/// <summary>
/// Ranks that have other positions of the same rows, and how they attend to each other's. All of them make the same calls in
/// the same order. Owns nothing; used by one thread of a rank.
/// </summary>
public sealed class SequenceAxis
{
    private readonly AxisSchedules _schedules;
    private readonly WireTypes _wire;
    private readonly Dictionary<SchedulePair, (SequenceEngine Forward, SequenceEngine Backward)> _engines = [];

    /// <summary>Creates the axis of a group's ranks.</summary>
    /// <param name="group">The ranks.</param>
    /// <param name="schedules">Who sends what to whom.</param>
    /// <param name="blocks">What computes the blocks.</param>
    /// <param name="wire">What numbers travel as; as they are where it is null.</param>
    /// <param name="comparesCalls">Whether the ranks compare shapes and law of each call before anything is sent, which costs a small exchange.</param>
    /// <exception cref="ArgumentException">A schedule is for another number of ranks or the other direction, or needs what its forward does not bring.</exception>
    public SequenceAxis(ProcessGroup group, AxisSchedules schedules, IBlockAttention blocks, WireTypes? wire = null, bool comparesCalls = false)
    {
        _schedules = schedules;
        _wire = wire ?? WireTypes.AsIs;
        Group = group;
        Blocks = blocks;
        ComparesCalls = comparesCalls;
        foreach (var pair in new[] { schedules.Causal, schedules.Full }.Distinct())
        {
            Require(pair.Forward, isBackward: false);
            Require(pair.Backward, isBackward: true);
            var forward = new SequenceEngine(pair.Forward, group, blocks, _wire, pair.Backward.Kept(group.rank));
            _engines.Add(pair, (forward, new SequenceEngine(pair.Backward, group, blocks, _wire, [])));
        }
    }

    /// <summary>The ranks.</summary>
    public ProcessGroup Group { get; }

    /// <summary>Whether the ranks compare their calls first.</summary>
    public bool ComparesCalls { get; }

    /// <summary>What computes the blocks.</summary>
    internal IBlockAttention Blocks { get; }

    /// <summary>This rank's positions of rows of a length.</summary>
    public AttentionSlice SliceOf(long length)
    {
        var order = _schedules.Order == SequenceOrder.Zigzag ? AttentionSliceOrder.Zigzag : AttentionSliceOrder.Contiguous;
        return new AttentionSlice(order, length, Group.size, Group.rank);
    }

    /// <summary>How the positions of a mask's rows lie over the ranks.</summary>
    /// <exception cref="ArgumentException">The mask's slice is not this rank's.</exception>
    internal SequenceLayout LayoutOf(AttentionMask mask)
    {
        return mask.Slice is { } slice && slice == SliceOf(slice.Length)
            ? new SequenceLayout(_schedules.Order, slice.Length, Group.size)
            : throw new ArgumentException($"The mask is that of '{mask.Slice?.ToString() ?? "whole rows"}', but rank {Group.rank} of {Group.size} has positions in order '{_schedules.Order}'; give it the slice of {nameof(SliceOf)}.", nameof(mask));
    }

    /// <summary>The schedules for a law.</summary>
    internal SchedulePair PairFor(AttentionMask mask)
    {
        return mask is { Order: AttentionOrder.Causal, CausalOffset: <= 0 } ? _schedules.Causal : _schedules.Full;
    }

    /// <summary>What runs a pair of schedules here.</summary>
    internal (SequenceEngine Forward, SequenceEngine Backward) EnginesFor(SchedulePair pair) => _engines[pair];

    private void Require(ISequenceSchedule schedule, bool isBackward)
    {
        if (schedule.Ranks != Group.size || schedule.IsBackward != isBackward)
        {
            throw new ArgumentException($"Schedule '{schedule.Name}' is a {(schedule.IsBackward ? "backward" : "forward")} one for {schedule.Ranks} ranks, but a {(isBackward ? "backward" : "forward")} one for {Group.size} is needed.");
        }
    }
}
