namespace Granary.Distributed.Sequence.Schedules;

/// <summary>What a schedule's table says that ranks send.</summary>
public static class ScheduleBytes
{
    /// <summary>Bytes that a rank sends in all steps.</summary>
    public static long SentBy(int rank, ISequenceSchedule schedule, SequenceLayout layout, AttentionSizes sizes)
    {
        return Enumerable.Range(0, schedule.Steps).Sum(step => schedule.At(rank, step).Sends.Sum(send => ParcelBytes.Of(send.Parcel, layout, sizes)));
    }
}
