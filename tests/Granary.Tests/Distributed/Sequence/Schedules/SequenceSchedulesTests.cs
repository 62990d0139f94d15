namespace Granary.Distributed.Sequence.Schedules.Tests;

public sealed class SequenceSchedulesTests
{
    [Test]
    public void Every_query_meets_every_visible_key_once_and_every_sum_comes_home(
        [ValueSource(typeof(SequenceScheduleNames), nameof(SequenceScheduleNames.All))] string name, [Range(1, 16)] int ranks, [Values] bool isCausal, [Values] bool isBackward)
    {
        var (heads, keyHeads) = HeadsFor(name);
        if (SequenceSchedules.WhyNot(name, ranks, heads, keyHeads, isCausal) is { } reason)
        {
            Assert.Pass(reason);
        }

        var mask = new SequenceMask(isCausal, SequenceSchedules.OrderFor(name, name, isCausal)!.Value);
        var schedule = isBackward ? SequenceSchedules.Backward(name, ranks, mask, heads, keyHeads) : SequenceSchedules.Forward(name, ranks, mask, heads, keyHeads);

        Assert.That(ScheduleWalk.BreachesOf(schedule, mask, heads, keyHeads), Is.Empty);
    }

    [TestCase(SequenceScheduleNames.Ulysses, SequenceOrder.Zigzag)]
    [TestCase(SequenceScheduleNames.AllGather, SequenceOrder.Contiguous)]
    public void Direct_exchanges_serve_both_orders_under_a_causal_mask(string name, SequenceOrder order)
    {
        var mask = new SequenceMask(IsCausal: true, order);

        Assert.That(ScheduleWalk.BreachesOf(SequenceSchedules.Forward(name, 5, mask, 8, 2), mask, 8, 2), Is.Empty);
        Assert.That(ScheduleWalk.BreachesOf(SequenceSchedules.Backward(name, 5, mask, 8, 2), mask, 8, 2), Is.Empty);
    }

    [TestCase(SequenceScheduleNames.Ulysses)]
    [TestCase(SequenceScheduleNames.TokenRingUlysses)]
    public void Backward_brings_its_operands_where_another_forward_kept_none(string name)
    {
        var mask = new SequenceMask(IsCausal: true, SequenceOrder.Zigzag);

        var schedule = SequenceSchedules.Backward(name, 8, mask, 8, 4, keepsOperands: false);

        Assert.That(schedule.Kept(3), Is.Empty);
        Assert.That(ScheduleWalk.BreachesOf(schedule, mask, 8, 4), Is.Empty);
    }

    [Test]
    public void Opposite_ranks_of_one_head_meet_at_the_later_one()
    {
        var mask = new SequenceMask(IsCausal: true, SequenceOrder.Contiguous);

        var schedule = SequenceSchedules.Forward(SequenceScheduleNames.Pair, 4, mask, heads: 1);

        Assert.That(schedule.At(0, 2).Blocks, Is.Empty);
        Assert.That(schedule.At(2, 2).Blocks, Has.Count.EqualTo(1));
        Assert.That(ScheduleWalk.BreachesOf(schedule, mask, heads: 1, keyHeads: 1), Is.Empty);
    }

    [TestCase(SequenceScheduleNames.Ulysses, 8, 4, 4, true, "at least as many heads as ranks; there are '4' heads for 8 ranks")]
    [TestCase(SequenceScheduleNames.Pair, 8, 8, 8, false, "causal")]
    [TestCase(SequenceScheduleNames.BidirectionalRing, 8, 1, 1, true, "at least 2 heads")]
    [TestCase(SequenceScheduleNames.TokenRingUlysses, 7, 8, 8, true, "none can be made", Description = "7 has no divisor")]
    [TestCase(SequenceScheduleNames.TokenRingUlysses, 8, 8, 1, true, "none can be made", Description = "one key head cannot be shared")]
    [TestCase("ulises", 8, 8, 8, true, "No sequence schedule is named 'ulises'")]
    public void A_schedule_that_cannot_serve_says_why(string name, int ranks, int heads, int keyHeads, bool isCausal, string expected)
    {
        Assert.That(SequenceSchedules.WhyNot(name, ranks, heads, keyHeads, isCausal), Does.Contain(expected));
    }

    [TestCase("ring", "token-ring", true, SequenceOrder.Zigzag)]
    [TestCase("ulysses", "ulysses", true, SequenceOrder.Contiguous)]
    [TestCase("ulysses", "token-ring", true, SequenceOrder.Zigzag)]
    [TestCase("pair", "ulysses", true, SequenceOrder.Contiguous)]
    [TestCase("ring", "ring", false, SequenceOrder.Contiguous)]
    [TestCase("pair", "ring", true, null, Description = "the one needs the order of positions, the other a zigzag")]
    public void Two_schedules_share_an_order(string forward, string backward, bool isCausal, SequenceOrder? expected)
    {
        Assert.That(SequenceSchedules.OrderFor(forward, backward, isCausal), Is.EqualTo(expected));
    }

    [Test]
    public void A_walk_notices_work_that_is_left_out()
    {
        var mask = new SequenceMask(IsCausal: false, SequenceOrder.Contiguous);
        var schedule = new CutShort(SequenceSchedules.Forward(SequenceScheduleNames.TokenRing, 3, mask));

        var breaches = ScheduleWalk.BreachesOf(schedule, mask, heads: 1, keyHeads: 1);

        Assert.That(breaches, Has.Some.Contains("misses work").And.Some.Contains("is left with"));
    }

    private static (int Heads, int KeyHeads) HeadsFor(string name)
    {
        return name switch
        {
            SequenceScheduleNames.Ulysses => (16, 4),
            SequenceScheduleNames.TokenRingUlysses => (8, 4),
            _ => (2, 1),
        };
    }

    private sealed class CutShort(ISequenceSchedule whole) : ISequenceSchedule
    {
        public string Name => whole.Name;

        public bool IsBackward => whole.IsBackward;

        public int Ranks => whole.Ranks;

        public int Steps => whole.Steps - 1;

        public RankStep At(int rank, int step) => whole.At(rank, step);

        public IReadOnlyList<Parcel> Kept(int rank) => whole.Kept(rank);
    }
}
