using Granary.Distributed.Sequence;

namespace Granary.Distributed.Planning;

/// <summary>What a schedule's table says that ranks hold of each other.</summary>
public static class ScheduleBuffers
{
    /// <summary>
    /// Bytes of other ranks' operands and sums that a rank holds at once, at most: an operand from the step in which it comes to the
    /// last that uses it, a sum from its first block or arrival until it has gone.
    /// </summary>
    public static long MostHeldBy(int rank, ISequenceSchedule schedule, SequenceLayout layout, AttentionSizes sizes)
    {
        var steps = Enumerable.Range(0, schedule.Steps).Select(step => schedule.At(rank, step)).ToList();
        var changes = new long[schedule.Steps + 1];
        var lastUses = LastUses(steps);
        var firstSums = FirstSums(steps);
        foreach (var (step, receive) in steps.SelectMany((table, step) => table.Receives.Select(receive => (step, receive))))
        {
            var end = lastUses.TryGetValue((receive.Parcel.Payload, receive.Parcel.Owner, receive.Parcel.Heads), out var last) ? Math.Max(last, step) : step;
            Hold(changes, step, end, ParcelBytes.Of(receive.Parcel, layout, sizes));
        }

        // A sum of another owner is made by blocks before it is sent.
        foreach (var (step, send) in steps.SelectMany((table, step) => table.Sends.Select(send => (step, send))).Where(entry => IsSum(entry.send.Parcel.Payload) && entry.send.Parcel.Owner != rank))
        {
            var first = firstSums.GetValueOrDefault((send.Parcel.Payload, send.Parcel.Owner, send.Parcel.Heads), step);
            Hold(changes, first, step, ParcelBytes.Of(send.Parcel, layout, sizes));
        }

        return KeptBy(rank, schedule, layout, sizes) + Highest(changes);
    }

    /// <summary>Bytes of other ranks' operands that a rank keeps for a backward schedule.</summary>
    public static long KeptBy(int rank, ISequenceSchedule schedule, SequenceLayout layout, AttentionSizes sizes)
    {
        return schedule.Kept(rank).Sum(parcel => ParcelBytes.Of(parcel, layout, sizes));
    }

    private static Dictionary<(Payload, int Owner, HeadPart), int> LastUses(IReadOnlyList<RankStep> steps)
    {
        var last = new Dictionary<(Payload, int, HeadPart), int>();
        foreach (var (step, table) in steps.Index())
        {
            foreach (var block in table.Blocks)
            {
                last[(Payload.Queries, block.QueryOwner, block.Heads)] = step;
                last[(Payload.OutputGradients, block.QueryOwner, block.Heads)] = step;
                last[(Payload.KeyValues, block.KeyOwner, block.Heads)] = step;
            }

            foreach (var send in table.Sends.Where(send => !IsSum(send.Parcel.Payload)))
            {
                last[(send.Parcel.Payload, send.Parcel.Owner, send.Parcel.Heads)] = step;
            }
        }

        return last;
    }

    private static Dictionary<(Payload, int Owner, HeadPart), int> FirstSums(IReadOnlyList<RankStep> steps)
    {
        var first = new Dictionary<(Payload, int, HeadPart), int>();
        foreach (var (step, block) in steps.SelectMany((table, step) => table.Blocks.Select(block => (step, block))))
        {
            first.TryAdd((Payload.Outputs, block.QueryOwner, block.Heads), step);
            first.TryAdd((Payload.QueryGradients, block.QueryOwner, block.Heads), step);
            first.TryAdd((Payload.KeyValueGradients, block.KeyOwner, block.Heads), step);
        }

        return first;
    }

    private static bool IsSum(Payload payload) => payload is Payload.Outputs or Payload.QueryGradients or Payload.KeyValueGradients;

    private static void Hold(long[] changes, int first, int last, long bytes)
    {
        changes[first] += bytes;
        changes[last + 1] -= bytes;
    }

    private static long Highest(long[] changes)
    {
        var (held, most) = (0L, 0L);
        foreach (var change in changes)
        {
            held += change;
            most = Math.Max(most, held);
        }

        return most;
    }
}
