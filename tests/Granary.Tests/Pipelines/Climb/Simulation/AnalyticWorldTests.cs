using Granary.Core.Randomness;
using Granary.Pipelines.Climb.Mixtures;
using Granary.Pipelines.Climb.Search;

namespace Granary.Pipelines.Climb.Simulation.Tests;

public sealed class AnalyticWorldTests
{
    [TestCase(8)]
    [TestCase(20)]
    public void No_mixture_is_better_than_the_optimum(int components)
    {
        var world = new AnalyticWorld(components, noise: 0, seed: 3);
        var key = RandomKey.FromSeed(1);

        var others = Enumerable.Range(0, 200).Select(draw =>
        {
            // From all over the simplex, and from very near.
            var drawn = DirichletDraws.At([.. Enumerable.Repeat(0.3, components)], key.Fold(draw));
            var step = Math.Pow(10, -draw % 6);
            return world.Optimum.Zip(drawn, (best, other) => ((1 - step) * best) + (step * other)).ToArray();
        });

        Assert.That(others.Select(world.Test), Has.All.GreaterThanOrEqualTo(world.Test(world.Optimum) - 1e-9));
    }

    [Test]
    public void A_trial_is_noisy_but_the_same_each_time()
    {
        var world = new AnalyticWorld(8, noise: 0.01, seed: 1);
        var trial = new Trial { Id = "t", Round = 1, Index = 0, Weights = world.Space.Prior, Origin = TrialOrigin.Drawn, Seed = 1 };

        var (first, second, other) = (world.Run(trial).Score, world.Run(trial).Score, world.Run(trial with { Seed = 2 }).Score);

        Assert.That(second, Is.EqualTo(first).And.Not.EqualTo(world.Test(trial.Weights)));
        Assert.That(other, Is.Not.EqualTo(first));
    }
}
