using Granary.Core.Randomness;
using Granary.Data.Batching;

namespace Granary.Cli.Benchmarks.Tests;

public sealed class EvenStepsTests
{
    [TestCase(10)]
    [TestCase(37)]
    [TestCase(1_000, Description = "all of them")]
    public void Every_length_has_its_share_of_the_chosen_steps_and_none_comes_twice(int count)
    {
        var all = new Steps();

        var chosen = new EvenSteps(all, count, RandomKey.FromSeed(1));

        var plans = Enumerable.Range(0, count).Select(step => chosen.PlanAt(step)).ToList();
        Assert.That(chosen.TotalSteps, Is.EqualTo(count));
        Assert.That(plans.Select(plan => plan.Step), Is.EqualTo(Enumerable.Range(0, count)));
        Assert.That(plans.Select(plan => plan.Rows[0]), Is.Unique);
        foreach (var (exponent, share) in new[] { (3, 0.5), (4, 0.3), (5, 0.2) })
        {
            Assert.That(plans.Count(plan => plan.Exponent == exponent), Is.EqualTo(share * count).Within(1));
        }
    }

    // Of ten steps five have rows of 8, three of 16 and two of 32.
    private sealed class Steps : IStepSource
    {
        public long TotalSteps => 1_000;

        public long TokensPerStep => 32;

        public string OrderSha256 => string.Empty;

        public StepPlan PlanAt(long step) => new(step, 0, 3 + (step % 10 >= 5 ? 1 : 0) + (step % 10 >= 8 ? 1 : 0), [step]);
    }
}
