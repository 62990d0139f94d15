using Granary.Distributed.Sequence.Schedules;

namespace Granary.Distributed.Sequence;

/// <summary>The schedules of a sequence axis: those that leave out what a causal order hides, and those for every other law.</summary>
/// <param name="Order">Which positions a rank has, whatever the law.</param>
/// <param name="Causal">For laws under which no query sees a later key.</param>
/// <param name="Full">For all others: every query meets every key.</param>
public sealed record AxisSchedules(SequenceOrder Order, SchedulePair Causal, SchedulePair Full)
{
    /// <summary>The schedules of two names, for attention of some heads. Where a name serves causal laws only, TokenRing serves the others.</summary>
    /// <param name="forward">One of <see cref="SequenceScheduleNames.All"/>.</param>
    /// <param name="backward">One of <see cref="SequenceScheduleNames.All"/>.</param>
    /// <param name="ranks">Ranks N.</param>
    /// <param name="heads">Query heads.</param>
    /// <param name="keyHeads">Key heads.</param>
    /// <exception cref="ArgumentException">A name cannot serve these ranks and heads, or the two want other orders of positions.</exception>
    public static AxisSchedules Named(string forward, string backward, int ranks, int heads, int keyHeads)
    {
        if (WhyNot(forward, backward, ranks, heads, keyHeads) is { } reason)
        {
            throw new ArgumentException($"The sequence schedules '{forward}' and '{backward}' cannot be taken: {reason}; take others, or '{SequenceScheduleNames.Auto}'.", nameof(forward));
        }

        var order = SequenceSchedules.OrderFor(forward, backward, isCausal: true)!.Value;
        SchedulePair Pair(string first, string second, bool isCausal)
        {
            var mask = new SequenceMask(isCausal, order);
            return new SchedulePair(
                SequenceSchedules.Forward(first, ranks, mask, heads, keyHeads), SequenceSchedules.Backward(second, ranks, mask, heads, keyHeads, keepsOperands: first == second));
        }

        string ForFull(string name) => SequenceSchedules.WhyNot(name, ranks, heads, keyHeads, isCausal: false) is null ? name : SequenceScheduleNames.TokenRing;
        return new AxisSchedules(order, Pair(forward, backward, isCausal: true), Pair(ForFull(forward), ForFull(backward), isCausal: false));
    }

    /// <summary>Why two names cannot serve an axis; null if they can.</summary>
    public static string? WhyNot(string forward, string backward, int ranks, int heads, int keyHeads)
    {
        return SequenceSchedules.WhyNot(forward, ranks, heads, keyHeads, isCausal: true)
            ?? SequenceSchedules.WhyNot(backward, ranks, heads, keyHeads, isCausal: true)
            ?? (SequenceSchedules.OrderFor(forward, backward, isCausal: true) is null ? $"'{forward}' and '{backward}' want the positions in different orders" : null);
    }
}
