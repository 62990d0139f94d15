using Granary.Distributed.Sequence;

namespace Granary.Distributed.Planning.Tests;

public sealed class SequencePlannerTests
{
    [TestCase("mi300x", 8, 32, 32, 2048)]
    [TestCase("mi300x", 8, 4, 4, 2048)]
    [TestCase("h200", 8, 32, 8, 1024)]
    [TestCase("h200", 32, 8, 8, 2048)]
    [TestCase("h100-cards", 16, 8, 2, 4096)]
    public void Auto_is_never_slower_than_what_can_be_named(string cluster, int ranks, int heads, int keyHeads, long positions)
    {
        var planner = PlannerOf(cluster, ranks, heads, keyHeads, positions, isCausal: true);

        var auto = planner.Plan(SequenceScheduleNames.Auto);

        var problem = ProblemOf(ranks, heads, keyHeads, positions, isCausal: true);
        foreach (var name in SequenceScheduleNames.All.Where(name => problem.WhyNot(name) is null))
        {
            Assert.That(auto.Seconds, Is.LessThanOrEqualTo(1.03 * planner.Plan(name).Seconds), name);
        }
    }

    [Test]
    public void A_mesh_whose_links_decide_is_faster_backward_by_TokenRing()
    {
        var planner = new SequencePlanner(ProblemOf(8, 4, 4, 4096, isCausal: false), Clusters.Named("mi300x") with { AttentionFlops = 1e18 });

        Assert.That(planner.Plan("token-ring").BackwardCost.Seconds, Is.LessThan(planner.Plan("ring").BackwardCost.Seconds / 1.7));
    }

    [Test]
    public void Grouped_keys_are_cheaper_to_move_than_queries()
    {
        var plan = PlannerOf("h100-cards", ranks: 16, heads: 8, keyHeads: 1, positions: 2048, isCausal: true).Plan(SequenceScheduleNames.Auto);

        Assert.That(new[] { plan.Forward, plan.Backward }, Has.None.EqualTo(SequenceScheduleNames.TokenRing));
    }

    [Test]
    public void Of_predictions_that_are_nearly_equal_the_one_that_holds_less_is_taken()
    {
        // Through one port rings and all-gather move the same bytes of keys.
        var cluster = Clusters.Named("h100-cards") with { AttentionFlops = 1e18 };

        var plan = new SequencePlanner(ProblemOf(4, 8, 2, 4096, isCausal: true), cluster).Plan(SequenceScheduleNames.Auto);

        var gathering = new SequencePlanner(ProblemOf(4, 8, 2, 4096, isCausal: true), cluster).Plan(SequenceScheduleNames.AllGather);
        Assert.That(plan.Seconds, Is.EqualTo(gathering.Seconds).Within(3).Percent);
        Assert.That(plan.BackwardCost.BufferBytes, Is.LessThan(gathering.BackwardCost.BufferBytes));
    }

    [Test]
    public void A_plan_says_what_it_took_and_what_is_out()
    {
        var plan = PlannerOf("mi300x", ranks: 8, heads: 4, keyHeads: 4, positions: 2048, isCausal: false).Plan(SequenceScheduleNames.Auto);

        Assert.That(plan.Reasons, Has.Some.Match(@"^forward: [a-z-]+: predicted [\d.]+ m?s, (partly )?(link|compute)-bound; "));
        Assert.That(plan.Reasons, Has.Some.StartsWith("ulysses is out: ulysses needs at least as many heads as ranks"));
        Assert.That(plan.Reasons, Has.Some.StartsWith("pair is out: "));
    }

    [Test]
    public void Forward_and_backward_can_be_named_apart()
    {
        var plan = PlannerOf("h200", ranks: 4, heads: 8, keyHeads: 8, positions: 1024, isCausal: true).Plan("ring/burst");

        Assert.That((plan.Forward, plan.Backward, plan.Order), Is.EqualTo(("ring", "burst", SequenceOrder.Zigzag)));
    }

    [TestCase("ulysses", "at least as many heads as ranks")]
    [TestCase("pair/ring", "different orders")]
    public void What_cannot_serve_is_refused(string wanted, string reason)
    {
        var planner = PlannerOf("h200", ranks: 8, heads: 4, keyHeads: 4, positions: 1024, isCausal: true);

        Assert.That(() => planner.Plan(wanted), Throws.ArgumentException.With.Message.Contains(reason));
    }

    [Test]
    public void Predictions_are_held_against_measurements()
    {
        var plan = PlannerOf("h200", ranks: 4, heads: 8, keyHeads: 8, positions: 1024, isCausal: true).Plan("ring");

        Assert.That(plan.Against(2 * plan.ForwardCost.Seconds, plan.BackwardCost.Seconds), Does.StartWith("ring forward: predicted ").And.Contains("(2.00 times)").And.Contains("(1.00 times)"));
    }

    private static SequenceProblem ProblemOf(int ranks, int heads, int keyHeads, long positions, bool isCausal)
    {
        return new(ranks, positions * ranks, isCausal, new AttentionSizes(1, heads, keyHeads, 128, 2, 2));
    }

    private static SequencePlanner PlannerOf(string cluster, int ranks, int heads, int keyHeads, long positions, bool isCausal)
    {
        return new(ProblemOf(ranks, heads, keyHeads, positions, isCausal), Clusters.Named(cluster));
    }
}
