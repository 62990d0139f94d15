using Granary.Core.Randomness;

namespace Granary.Pipelines.Climb.Mixtures.Tests;

public sealed class SystematicSamplingTests
{
    [Test]
    public void Counts_are_those_of_laying_the_weights_end_to_end([Range(1, 30)] int seed)
    {
        var key = RandomKey.FromSeed(seed);
        var weights = DirichletDraws.At([0.5, 0.2, 1, 0.05, 2], key.Use("weights"));
        var draws = (int)key.BelowAt(0, 300);
        var offset = key.DoubleAt(1);

        var counts = SystematicSampling.Counts(weights, draws, offset);

        Assert.That(counts, Is.EqualTo(OneByOne(weights, draws, offset)));
        Assert.That(counts.Zip(weights, (count, weight) => Math.Abs(count - (weight * draws))), Has.All.LessThanOrEqualTo(1));
    }

    [Test]
    public void A_component_without_weight_is_never_drawn()
    {
        Assert.That(SystematicSampling.Counts([0, 1, 0], 7, 0.999), Is.EqualTo(new[] { 0, 7, 0 }));
    }

    // Slow and obvious: each draw looks for its component.
    private static int[] OneByOne(double[] weights, int draws, double offset)
    {
        var counts = new int[weights.Length];
        for (var draw = 0; draw < draws; draw++)
        {
            var place = (draw + offset) / draws;
            var component = 0;
            for (var end = weights[0]; place >= end && component < weights.Length - 1; end += weights[component])
            {
                component++;
            }

            counts[component]++;
        }

        return counts;
    }
}
