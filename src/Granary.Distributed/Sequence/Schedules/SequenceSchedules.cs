namespace Granary.Distributed.Sequence.Schedules;

/// <summary>The schedules by name: which there are, whom they serve, and in which order of the positions.</summary>
public static class SequenceSchedules
{
    /// <summary>The forward schedule of a name; that of <see cref="SequenceScheduleNames.Burst"/> is a ring.</summary>
    /// <param name="name">One of <see cref="SequenceScheduleNames.All"/>.</param>
    /// <param name="ranks">Ranks N.</param>
    /// <param name="mask">What may be left out; the order must be one that the name takes.</param>
    /// <param name="heads">Query heads, for schedules that cut them.</param>
    /// <param name="keyHeads">Key heads, for schedules that cut them.</param>
    public static ISequenceSchedule Forward(string name, int ranks, SequenceMask mask, int heads = 1, int keyHeads = 1)
    {
        return name switch
        {
            SequenceScheduleNames.Ring or SequenceScheduleNames.Burst => new RingSchedule(ranks, mask, isBackward: false),
            SequenceScheduleNames.BidirectionalRing => new BidirectionalRingSchedule(ranks, mask, isBackward: false),
            SequenceScheduleNames.TokenRing => new TokenRingSchedule(ranks, mask, isBackward: false),
            SequenceScheduleNames.Pair => new PairSchedule(ranks, isBackward: false, cutsHeads: heads > 1),
            SequenceScheduleNames.Ulysses => new UlyssesSchedule(ranks, mask, isBackward: false, keepsOperands: false),
            SequenceScheduleNames.AllGather => new AllGatherSchedule(ranks, mask, isBackward: false),
            SequenceScheduleNames.TokenRingUlysses => new TokenRingUlyssesSchedule(ranks, UlyssesRanks(ranks, keyHeads), mask, isBackward: false, keepsOperands: false),
            _ => throw Unknown(name),
        };
    }

    /// <summary>The backward schedule of a name.</summary>
    /// <param name="name">One of <see cref="SequenceScheduleNames.All"/>.</param>
    /// <param name="ranks">Ranks N.</param>
    /// <param name="mask">What may be left out; the order must be one that the name takes.</param>
    /// <param name="heads">Query heads, for schedules that cut them.</param>
    /// <param name="keyHeads">Key heads, for schedules that cut them.</param>
    /// <param name="keepsOperands">Whether the forward schedule was that of the same name, so that what it brought is there; see <see cref="ISequenceSchedule.Kept"/>.</param>
    public static ISequenceSchedule Backward(string name, int ranks, SequenceMask mask, int heads = 1, int keyHeads = 1, bool keepsOperands = true)
    {
        return name switch
        {
            SequenceScheduleNames.Ring => new RingSchedule(ranks, mask, isBackward: true),
            SequenceScheduleNames.BidirectionalRing => new BidirectionalRingSchedule(ranks, mask, isBackward: true),
            SequenceScheduleNames.TokenRing => new TokenRingSchedule(ranks, mask, isBackward: true),
            SequenceScheduleNames.Burst => new BurstBackwardSchedule(ranks, mask),
            SequenceScheduleNames.Pair => new PairSchedule(ranks, isBackward: true, cutsHeads: heads > 1),
            SequenceScheduleNames.Ulysses => new UlyssesSchedule(ranks, mask, isBackward: true, keepsOperands),
            SequenceScheduleNames.AllGather => new AllGatherSchedule(ranks, mask, isBackward: true),
            SequenceScheduleNames.TokenRingUlysses => new TokenRingUlyssesSchedule(ranks, UlyssesRanks(ranks, keyHeads), mask, isBackward: true, keepsOperands),
            _ => throw Unknown(name),
        };
    }

    /// <summary>Why a name cannot serve; null if it can.</summary>
    public static string? WhyNot(string name, int ranks, int heads, int keyHeads, bool isCausal)
    {
        return name switch
        {
            SequenceScheduleNames.BidirectionalRing when heads < 2 => $"bidirectional-ring needs at least 2 heads, of which each direction serves half; there is '{heads}'",
            SequenceScheduleNames.Pair when !isCausal => "pair needs a causal mask, under which two ranks have one block to share",
            SequenceScheduleNames.Ulysses when heads < ranks => $"ulysses needs at least as many heads as ranks; there are '{heads}' heads for {ranks} ranks",
            SequenceScheduleNames.TokenRingUlysses when UlyssesRanks(ranks, keyHeads) == 1 =>
                $"token-ring-ulysses needs groups of ranks whose size divides the key heads; of {ranks} ranks and '{keyHeads}' key heads none can be made",
            _ => SequenceScheduleNames.All.Contains(name) ? null : Unknown(name).Message,
        };
    }

    /// <summary>The order of the positions in which a forward and a backward schedule have balanced work; null where none serves both.</summary>
    public static SequenceOrder? OrderFor(string forward, string backward, bool isCausal)
    {
        if (!isCausal)
        {
            return SequenceOrder.Contiguous;
        }

        string[] names = [forward, backward];
        var (isPair, isOther) = (names.Contains(SequenceScheduleNames.Pair), names.Any(TakesZigzagOnly));
        return isPair && isOther ? null
            : isPair || names.All(name => name == SequenceScheduleNames.Ulysses) ? SequenceOrder.Contiguous
            : SequenceOrder.Zigzag;
    }

    // The ranks of a group that shares heads: the most that leave more than one group and have whole key heads each.
    private static int UlyssesRanks(int ranks, int keyHeads)
    {
        return Enumerable.Range(1, Math.Max(1, ranks / 2)).Last(size => ranks % size == 0 && keyHeads % size == 0);
    }

    private static bool TakesZigzagOnly(string name)
    {
        return name is not (SequenceScheduleNames.Pair or SequenceScheduleNames.Ulysses or SequenceScheduleNames.AllGather);
    }

    private static ArgumentException Unknown(string name)
    {
        return new ArgumentException($"No sequence schedule is named '{name}'. Known: '{string.Join("', '", SequenceScheduleNames.All)}'.");
    }
}
