using Granary.Core.Randomness;

namespace Granary.Pipelines.Climb.Mixtures.Tests;

public sealed class DirichletDrawsTests
{
    private const int Draws = 20_000;

    [TestCase(0.05, 0.1, 0.35, Description = "most draws have one component")]
    [TestCase(2, 3, 5, Description = "above 1")]
    public void Means_and_variances_are_those_of_the_distribution(double a, double b, double c)
    {
        double[] concentrations = [a, b, c];
        var key = RandomKey.FromSeed(3);

        var draws = Enumerable.Range(0, Draws).Select(draw => DirichletDraws.At(concentrations, key.Fold(draw))).ToList();

        var sum = concentrations.Sum();
        for (var i = 0; i < concentrations.Length; i++)
        {
            var mean = concentrations[i] / sum;
            var variance = mean * (1 - mean) / (sum + 1);
            Assert.That(draws.Average(draw => draw[i]), Is.EqualTo(mean).Within(5 * Math.Sqrt(variance / Draws)));
            Assert.That(draws.Average(draw => Math.Pow(draw[i] - mean, 2)), Is.EqualTo(variance).Within(0.1 * variance));
        }
    }

    [Test]
    public void Concentrations_that_underflow_give_whole_mixtures()
    {
        var drawn = DirichletDraws.At([1e-4, 1e-4, 0], RandomKey.FromSeed(1));

        Assert.That(drawn.Sum(), Is.EqualTo(1).Within(1e-12));
        Assert.That(drawn[2], Is.Zero);
    }
}
