namespace Granary.Distributed.Sequence.Schedules.Tests;

public sealed class SequenceSchedulesTests
{
    private static readonly IReadOnlyList<string> Names = [SequenceScheduleNames.Ring, SequenceScheduleNames.TokenRing];

    [Test]
    public void Every_query_meets_every_visible_key_once_and_every_sum_comes_home([ValueSource(nameof(Names))] string name, [Range(1, 16)] int ranks, [Values] bool isCausal, [Values] bool isBackward)
    {
        var mask = new SequenceMask(isCausal, SequenceOrder.Zigzag);
        var schedule = isBackward ? SequenceSchedules.Backward(name, ranks, mask) : SequenceSchedules.Forward(name, ranks, mask);

        Assert.That(ScheduleWalk.BreachesOf(schedule, mask, heads: 4, keyHeads: 2), Is.Empty);
    }
}
