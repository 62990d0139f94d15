using Granary.Distributed.Sequence;
using Granary.Distributed.Sequence.Schedules;

namespace Granary.Distributed.Planning;

/// <summary>An attention that ranks are to share.</summary>
/// <param name="Ranks">Ranks N.</param>
/// <param name="Length">Positions of a row, over all ranks.</param>
/// <param name="IsCausal">Whether no query sees a later position.</param>
/// <param name="Sizes">Rows, heads and bytes.</param>
public sealed record SequenceProblem(int Ranks, long Length, bool IsCausal, AttentionSizes Sizes)
{
    /// <summary>How positions lie over the ranks in an order.</summary>
    public SequenceLayout LayoutOf(SequenceOrder order) => new(order, Length, Ranks);

    /// <summary>Why a schedule's name cannot serve; null if it can.</summary>
    public string? WhyNot(string name) => SequenceSchedules.WhyNot(name, Ranks, Sizes.Heads, Sizes.KeyHeads, IsCausal);

    /// <summary>The forward schedule of a name.</summary>
    public ISequenceSchedule Forward(string name, SequenceOrder order)
    {
        return SequenceSchedules.Forward(name, Ranks, new(IsCausal, order), Sizes.Heads, Sizes.KeyHeads);
    }

    /// <summary>The backward schedule of a name, behind a forward one.</summary>
    public ISequenceSchedule Backward(string name, string forward, SequenceOrder order)
    {
        return SequenceSchedules.Backward(name, Ranks, new(IsCausal, order), Sizes.Heads, Sizes.KeyHeads, keepsOperands: name == forward);
    }
}
