namespace Granary.Cli.Mixtures.Tests;

public sealed class SearchPlanTests
{
    [TestCase(new[] { 7, 3 }, 2, 6, 10.0 / 12, Description = "each round leaves a place without a proxy at its end")]
    [TestCase(new[] { 6, 4 }, 2, 5, 1.0, Description = "multiples leave none")]
    [TestCase(new[] { 60, 28, 16, 8 }, 16, 8, 112.0 / 128, Description = "the default on many places")]
    [TestCase(new int[0], 2, 0, 1.0, Description = "a method without proxies")]
    public void A_round_waits_for_its_last_proxy(int[] rounds, int places, int turns, double efficiency)
    {
        var plan = new SearchPlan(Components: 6, rounds, Parameters: 1, TokensOfEach: 1, places, SecondsOfEach: 8.5);

        Assert.That(plan.Seconds, Is.EqualTo(10.0 * turns));
        Assert.That(plan.Efficiency, Is.EqualTo(efficiency));
    }
}
