using Granary.Core.Configuration;
using Granary.Core.Randomness;

namespace Granary.Pipelines.Climb.Predictors.Tests;

public sealed class RelevanceProcessTests
{
    private static readonly RandomKey Key = RandomKey.FromSeed(1);

    [Test]
    public void The_gradient_is_that_of_small_differences()
    {
        var (mixtures, scores) = PredictorSamples.Runs(15, 4);
        var posterior = new RelevancePosterior(new RelevanceProcessConfig(), mixtures, ScoreScale.Of(scores).Standardise(scores));
        double[] at = [0.3, -0.5, 1, 0.1, 0.2, -0.7, -3];
        var gradient = new double[at.Length];
        posterior.NegativeLogAt(at, gradient);

        for (var i = 0; i < at.Length; i++)
        {
            var (up, down) = (at.ToArray(), at.ToArray());
            up[i] += 1e-5;
            down[i] -= 1e-5;
            var slope = (posterior.NegativeLogAt(up, new double[at.Length]) - posterior.NegativeLogAt(down, new double[at.Length])) / 2e-5;
            Assert.That(gradient[i], Is.EqualTo(slope).Within(1e-5), $"setting {i}");
        }
    }

    [Test]
    public void What_matters_gets_the_short_length_scale()
    {
        var (mixtures, _) = PredictorSamples.Runs(80, 5);
        var scores = mixtures.Select(weights => Math.Exp(-5 * weights[2])).ToList();
        var standard = ScoreScale.Of(scores).Standardise(scores);
        var posterior = new RelevancePosterior(new RelevanceProcessConfig { RelevanceSpread = 2 }, mixtures, standard);

        var (at, _) = LimitedMemoryBfgs.Minimise(posterior.NegativeLogAt, posterior.Start(), 100);

        var scales = posterior.KernelAt(at).Scales;
        Assert.That(Array.IndexOf(scales, scales.Max()), Is.EqualTo(2));
        Assert.That(scales[2], Is.GreaterThan(3 * scales.Where((_, i) => i != 2).Max()));
    }

    [Test]
    public void It_predicts_better_than_one_length_scale_where_one_component_matters()
    {
        var (mixtures, _) = PredictorSamples.Runs(60, 8);
        var (unseen, _) = PredictorSamples.Runs(60, 8, seed: 2);
        double Score(double[] weights) => Math.Exp(-20 * weights[2]);

        using var relevance = new RelevanceProcessConfig().Build().Fit(mixtures, [.. mixtures.Select(Score)], Key);
        using var common = new GaussianProcessConfig().Build().Fit(mixtures, [.. mixtures.Select(Score)], Key);

        Assert.That(Error(relevance), Is.LessThan(Error(common) / 1.5));

        double Error(IFittedPredictor fitted) => fitted.Predict(unseen).Zip(unseen, (predicted, weights) => Math.Abs(predicted - Score(weights))).Average();
    }

    [Test]
    public void Components_may_change_places()
    {
        var (mixtures, scores) = PredictorSamples.Runs(40, 6);
        var unseen = PredictorSamples.Runs(20, 6, seed: 2).Mixtures;

        using var there = new RelevanceProcessConfig().Build().Fit(mixtures, scores, Key);
        using var back = new RelevanceProcessConfig().Build().Fit(PredictorSamples.Turned(mixtures), scores, Key);

        // The search goes the same way but for rounding, and ends within its tolerance.
        Assert.That(back.Predict(PredictorSamples.Turned(unseen)), Is.EqualTo(there.Predict(unseen)).Within(1e-4));
    }

    [Test]
    public void Equal_scores_make_it_constant()
    {
        var mixtures = PredictorSamples.Runs(20, 4).Mixtures;

        using var fitted = new RelevanceProcessConfig().Build().Fit(mixtures, [.. mixtures.Select(_ => 3.3)], Key);

        Assert.That(fitted.IsConstant, Is.True);
    }

    [Test]
    public void Validation_reports_every_fault()
    {
        var errors = new ConfigurationErrors();

        new RelevanceProcessConfig { Power = 0, RelevanceSpread = 0, Noise = 0, MaxSteps = 0 }.Validate("predictor", errors);

        Assert.That(errors.Errors, Has.Count.EqualTo(4));
    }
}
