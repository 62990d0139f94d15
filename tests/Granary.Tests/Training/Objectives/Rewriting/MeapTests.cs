using Granary.Core.Configuration;
using Granary.Core.Randomness;
using Granary.Training.Objectives.Tests;

namespace Granary.Training.Objectives.Rewriting.Tests;

public sealed class MeapTests
{
    [TestCase(0.15, 24, 3, Description = "the floor of 3.6")]
    [TestCase(0.01, 24, 1, Description = "at least one")]
    [TestCase(0.5, 24, 12)]
    public void Each_row_has_exactly_its_share_masked_and_never_its_last_input(double share, int length, int expected)
    {
        var rows = ObjectiveCases.RowsOf(arePacked: false);
        var mask = MaskId(out var objective, share);

        for (var step = 0; step < 50; step++)
        {
            var inputs = objective.Prepare(rows, RandomKey.FromSeed(step)).Views.Single().Inputs.ToArray();

            for (var row = 0; row < rows.Rows; row++)
            {
                var own = inputs[(row * length)..((row + 1) * length)];
                Assert.That(own.Count(id => id == mask), Is.EqualTo(expected));
                Assert.That(own[^1], Is.Not.EqualTo(mask));
            }
        }
    }

    [Test]
    public void Labels_are_the_original_tokens_and_rows_differ_in_what_is_masked()
    {
        var rows = ObjectiveCases.RowsOf(arePacked: false);
        var mask = MaskId(out var objective, 0.3);

        var view = objective.Prepare(rows, RandomKey.FromSeed(1)).Views.Single();

        Assert.That(view.Targets.Single().Labels.ToArray(), Is.EqualTo(rows.Targets.ToArray()));
        Assert.That(PlacesOf(mask, view, row: 0), Is.Not.EqualTo(PlacesOf(mask, view, row: 1)));
        Assert.That(view.Inputs.ToArray().Zip(rows.Tokens.ToArray()).All(pair => pair.First == pair.Second || pair.First == mask), Is.True);
    }

    [Test]
    public void Every_place_but_the_last_is_masked_equally_often()
    {
        const int Steps = 4_000;
        var rows = ObjectiveCases.RowsOf(arePacked: false);
        var mask = MaskId(out var objective, 0.25);
        var counts = new int[rows.Length];

        for (var step = 0; step < Steps; step++)
        {
            foreach (var place in PlacesOf(mask, objective.Prepare(rows, RandomKey.FromSeed(step)).Views.Single(), row: 1))
            {
                counts[place]++;
            }
        }

        // 6 of 23 places: binomial, five standard deviations.
        var (share, deviation) = (6.0 / 23, Math.Sqrt(Steps * 6.0 / 23 * 17 / 23));
        Assert.That(counts.SkipLast(1), Is.All.EqualTo(Steps * share).Within(5 * deviation));
        Assert.That(counts[^1], Is.Zero);
    }

    [Test]
    public void A_share_of_zero_is_the_inner_objective()
    {
        var rows = ObjectiveCases.RowsOf(arePacked: true);
        MaskId(out var objective, 0);

        var view = objective.Prepare(rows, RandomKey.FromSeed(1)).Views.Single();

        Assert.That(view.Inputs.ToArray(), Is.EqualTo(rows.Tokens.ToArray()));
    }

    [Test]
    public void Padding_is_not_masked()
    {
        var rows = ObjectiveCases.RowsOf(arePacked: true);
        var mask = MaskId(out var objective, 0.9);

        var view = objective.Prepare(rows, RandomKey.FromSeed(1)).Views.Single();

        Assert.That(PlacesOf(mask, view, row: 0), Is.All.LessThan(18));
    }

    [TestCase(1.5)]
    [TestCase(1.0)]
    [TestCase(-0.1)]
    public void A_share_outside_of_its_range_is_refused(double share)
    {
        var errors = new ConfigurationErrors();

        new MeapConfig { MaskShare = share }.Validate("objective", errors);

        Assert.That(Assert.Throws<ConfigurationException>(() => errors.ThrowIfAny("run.yaml"))!.Message, Does.Contain("objective.mask_share"));
    }

    private static int MaskId(out IObjective objective, double share)
    {
        var config = new MeapConfig { MaskShare = share };
        var tokenizer = ObjectiveCases.TokenizerFor(config);
        objective = config.Build(tokenizer);
        return tokenizer.TokenToId(config.MaskToken)!.Value;
    }

    private static int[] PlacesOf(int mask, ObjectiveView view, int row)
    {
        return [.. Enumerable.Range(0, view.Length).Where(place => view.Inputs.Span[(row * view.Length) + place] == mask)];
    }
}
