namespace Granary.Models.Generation.Drafting.Tests;

public sealed class CallCostTests
{
    [Test]
    public void Without_a_clock_a_further_token_costs_little()
    {
        var cost = new CallCost();
        cost.Count(9, seconds: 0);

        Assert.That(cost.Of(1), Is.EqualTo(1));
        Assert.That(cost.Of(11), Is.EqualTo(1.3).Within(1e-12));
    }

    [Test]
    public void A_straight_line_is_found()
    {
        var cost = new CallCost();
        for (var call = 0; call < 300; call++)
        {
            cost.Count(1 + (call % 30), 0.010 + (0.002 * (call % 30)));
        }

        Assert.That(cost.Of(1), Is.EqualTo(0.010).Within(0.0005));
        Assert.That(cost.Of(31), Is.EqualTo(0.070).Within(0.002));
    }

    [Test]
    public void A_call_that_was_held_up_moves_little()
    {
        var cost = new CallCost();
        for (var call = 0; call < 100; call++)
        {
            cost.Count(1 + (call % 4), 0.01);
        }

        cost.Count(2, seconds: 60);

        Assert.That(cost.Of(2), Is.LessThan(0.0115));
    }

    [Test]
    public void A_cost_that_changes_is_followed()
    {
        var cost = new CallCost();
        for (var call = 0; call < 600; call++)
        {
            cost.Count(1, call < 300 ? 0.01 : 0.02);
        }

        Assert.That(cost.Of(1), Is.EqualTo(0.02).Within(0.0002));
    }
}
