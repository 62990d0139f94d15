namespace Granary.Distributed.Sequence.Schedules;

/// <summary>The schedules by name.</summary>
public static class SequenceSchedules
{
    /// <summary>The forward schedule of a name.</summary>
    public static ISequenceSchedule Forward(string name, int ranks, SequenceMask mask)
    {
        return Create(name, ranks, mask, isBackward: false);
    }

    /// <summary>The backward schedule of a name.</summary>
    public static ISequenceSchedule Backward(string name, int ranks, SequenceMask mask)
    {
        return Create(name, ranks, mask, isBackward: true);
    }

    private static ISequenceSchedule Create(string name, int ranks, SequenceMask mask, bool isBackward)
    {
        return name switch
        {
            SequenceScheduleNames.Ring => new RingSchedule(ranks, mask, isBackward),
            SequenceScheduleNames.TokenRing => new TokenRingSchedule(ranks, mask, isBackward),
            _ => throw new ArgumentException($"No sequence schedule is named '{name}'. Known: '{string.Join("', '", SequenceScheduleNames.All)}'.", nameof(name)),
        };
    }
}
