using Granary.Core.Randomness;
using Granary.Pipelines.Climb.Search;
using Granary.Pipelines.Climb.Search.Tests;

namespace Granary.Pipelines.Climb.Mixtures.Tests;

public sealed class MixtureSamplerTests
{
    private static readonly RandomKey Key = RandomKey.FromSeed(4);
    private static readonly SamplingConfig Config = new() { MinWeight = 2e-3 };

    [Test]
    public void Mixtures_differ_and_lie_on_the_simplex_within_all_bounds()
    {
        double[] bounds = [1, 0.3, 0.2, 1, 1, 1];
        var space = Uneven([0.4, 0.2, 0.2, 0.1, 0.08, 0.02], bounds);
        var usage = space.Prior.Select(prior => Math.Min(1, 15 * prior)).ToArray();

        var drawn = new MixtureSampler(space, Config).Draw(100, Key);

        Assert.That(drawn, Has.Count.EqualTo(100));
        Assert.That(drawn.Distinct(WeightsComparer.Instance).Count(), Is.EqualTo(100));
        foreach (var weights in drawn)
        {
            Assert.That(weights.Sum(), Is.EqualTo(1).Within(1e-12));
            Assert.That(weights, Has.All.GreaterThanOrEqualTo(0));
            Assert.That(weights.Zip(bounds, (weight, bound) => weight - bound), Has.All.LessThanOrEqualTo(1e-9));
            Assert.That(weights.Zip(usage, (weight, bound) => weight - bound), Has.All.LessThanOrEqualTo(Config.MinWeight + 1e-9), "rounding may go beyond what the usage allows");
        }
    }

    [Test]
    public void The_same_key_draws_the_same_mixtures_and_another_key_others()
    {
        var sampler = new MixtureSampler(Spaces.Even(6), Config);

        var (first, second, other) = (sampler.Draw(20, Key), sampler.Draw(20, Key), sampler.Draw(20, Key.Fold(1)));

        Assert.That(second, Is.EqualTo(first));
        Assert.That(other, Is.Not.EqualTo(first));
    }

    [Test]
    public void The_error_names_the_bound_that_rejected_most()
    {
        var space = Uneven([0.9985, 0.001, 0.0005]);
        var sampler = new MixtureSampler(space, Config with { MaxUsage = 2, Temperature = 0, Oversample = 1 });

        var thrown = Assert.Throws<MixtureSearchException>(() => sampler.Draw(500, Key));

        Assert.That(thrown.Message, Does.Contain("'b' was beyond 2 times its share of 0.001"));
    }

    [Test]
    public void The_error_says_when_too_few_mixtures_lie_within_the_amounts()
    {
        var sampler = new MixtureSampler(Spaces.Even(2, [0.5, 0.5]), Config);

        var thrown = Assert.Throws<MixtureSearchException>(() => sampler.Draw(5, Key));

        Assert.That(thrown.Message, Does.Contain("'1' came through, but 5 are wanted").And.Contains("they equal another"));
    }

    [Test]
    public void Local_mixtures_lie_nearer_to_their_centre_than_others()
    {
        double[] centre = [0.5, 0.3, 0.2, 0, 0, 0];
        var sampler = new MixtureSampler(Spaces.Even(6), Config);

        var around = sampler.DrawAround([centre], [10, 100], 500, Key).Average(weights => Distance.Between(weights, centre));
        var anywhere = sampler.DrawPool(500, Key).Average(weights => Distance.Between(weights, centre));

        Assert.That(around, Is.LessThan(anywhere / 2));
    }

    private static MixtureSpace Uneven(double[] prior, double[]? bounds = null)
    {
        return new MixtureSpace([.. prior.Select((share, i) => new MixtureComponent { Name = $"{(char)('a' + i)}", Tokens = 1_000, Prior = share })], bounds);
    }
}
