using Granary.Distributed.Sequence;
using Granary.Distributed.Sequence.Blocks;
using Granary.Testing;
using Granary.Torch;

namespace Granary.Distributed.Planning.Calibration.Tests;

public sealed class ProbesTests
{
    [TestCase(2)]
    [TestCase(3)]
    public void All_ranks_measure_the_same_links(int ranks)
    {
        var timings = RankHarness.Run(ranks, group => LinkProbe.Measure(group, new StridingClock(group.rank)));

        Assert.That(timings[0].OneWay, Has.Count.EqualTo(4));
        Assert.That(timings[0].TwoPeers, Has.Count.EqualTo(ranks > 2 ? 4 : 0));
        Assert.That(timings.Select(timing => timing.BothWays), Has.All.EqualTo(timings[0].BothWays));
        Assert.That(timings[0].ToLink().BytesPerSecond, Is.GreaterThan(0));
    }

    [Test]
    public void All_ranks_make_the_same_plan()
    {
        var plans = RankHarness.Run(3, group => AxisPlanner.For(
            SequenceScheduleNames.Auto, group, new ComposedBlockAttention(), length: 24, new AttentionSizes(1, 4, 2, 8), ScalarType.Float32, new StridingClock(group.rank)).Plan!);

        Assert.That(plans.Select(plan => (plan.Forward, plan.Backward)), Has.All.EqualTo((plans[0].Forward, plans[0].Backward)));
        Assert.That(plans[0].Reasons[0], Does.StartWith("links: both ways take "));
    }

    [Test]
    public void A_schedule_that_is_named_is_not_measured()
    {
        var plans = RankHarness.Run(2, group => AxisPlanner.For("ring/burst", group, new ComposedBlockAttention(), 24, new AttentionSizes(1, 4, 2, 8), ScalarType.Float32, new ManualClock()));

        Assert.That(plans.Select(plan => (plan.Schedules.Causal.Backward.Name, plan.Plan)), Has.All.EqualTo(("burst", (SequencePlan?)null)));
    }

    // A clock that moves on with every look at it, on each rank by another stride.
    private sealed class StridingClock(int rank) : TimeProvider
    {
        private long _now;

        public override long TimestampFrequency => 1_000_000;

        public override long GetTimestamp() => _now += 1_000 + rank;
    }
}
