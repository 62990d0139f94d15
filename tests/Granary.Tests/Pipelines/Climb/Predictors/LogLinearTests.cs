using Granary.Core.Configuration;
using Granary.Core.Randomness;

namespace Granary.Pipelines.Climb.Predictors.Tests;

public sealed class LogLinearTests
{
    private static readonly RandomKey Key = RandomKey.FromSeed(1);

    [Test]
    public void A_law_of_its_form_is_found()
    {
        var mixtures = PredictorSamples.Runs(60, 4).Mixtures;
        var unseen = PredictorSamples.Runs(20, 4, seed: 2).Mixtures;
        double Law(double[] weights) => 2.5 + Math.Exp((-3 * weights[0]) + (0.5 * weights[1]) - weights[3]);

        using var fitted = new LogLinearConfig().Build().Fit(mixtures, [.. mixtures.Select(Law)], Key);

        Assert.That(fitted.Predict(unseen), Is.EqualTo(unseen.Select(Law)).Within(5e-3));
    }

    [Test]
    public void One_run_that_is_far_off_does_not_move_it_much()
    {
        var mixtures = PredictorSamples.Runs(60, 4).Mixtures;
        double Law(double[] weights) => 2.5 + Math.Exp(-3 * weights[0]);
        var scores = mixtures.Select(Law).ToList();
        scores[7] += 5;

        using var robust = new LogLinearConfig().Build().Fit(mixtures, scores, Key);
        using var squares = new LogLinearConfig { Huber = 100 }.Build().Fit(mixtures, scores, Key);

        Assert.That(Error(robust), Is.LessThan(Error(squares) / 3));

        double Error(IFittedPredictor fitted) => fitted.Predict(mixtures).Zip(mixtures, (predicted, weights) => Math.Abs(predicted - Law(weights))).Average();
    }

    [Test]
    public void The_gradient_is_that_of_small_differences()
    {
        var (mixtures, scores) = PredictorSamples.Runs(20, 3);
        var standard = ScoreScale.Of(scores).Standardise(scores);
        var law = new LogLinear(new LogLinearConfig { Huber = 0.5 });
        double[] at = [0.3, -0.8, 0.1, -1];
        var gradient = new double[4];
        law.Loss(mixtures, standard, at, gradient);

        for (var i = 0; i < at.Length; i++)
        {
            var (up, down) = (at.ToArray(), at.ToArray());
            up[i] += 1e-6;
            down[i] -= 1e-6;
            var slope = (law.Loss(mixtures, standard, up, new double[4]) - law.Loss(mixtures, standard, down, new double[4])) / 2e-6;
            Assert.That(gradient[i], Is.EqualTo(slope).Within(1e-6), $"parameter {i}");
        }
    }

    [Test]
    public void Components_may_change_places()
    {
        var (mixtures, scores) = PredictorSamples.Runs(40, 5);

        using var there = new LogLinearConfig().Build().Fit(mixtures, scores, Key);
        using var back = new LogLinearConfig().Build().Fit(PredictorSamples.Turned(mixtures), scores, Key);

        // Every start has its twin; the searches from them end within their tolerance.
        Assert.That(back.Predict(PredictorSamples.Turned(mixtures)), Is.EqualTo(there.Predict(mixtures)).Within(2e-3));
    }

    [Test]
    public void Equal_scores_make_it_constant()
    {
        var mixtures = PredictorSamples.Runs(20, 4).Mixtures;

        using var fitted = new LogLinearConfig().Build().Fit(mixtures, [.. mixtures.Select(_ => 3.3)], Key);

        Assert.That(fitted.Predict(mixtures), Is.EqualTo(mixtures.Select(_ => 3.3)).Within(0.05));
    }

    [Test]
    public void A_law_that_is_finite_from_no_start_is_a_failure_of_the_predictor()
    {
        var (mixtures, scores) = PredictorSamples.Runs(20, 3);

        Assert.That(() => new LogLinearConfig { OffsetRange = [2000, 2000], Offsets = 1 }.Build().Fit(mixtures, scores, Key), Throws.TypeOf<PredictorException>().With.Message.Contains("'20' runs"));
    }

    [Test]
    public void Validation_reports_every_fault()
    {
        var errors = new ConfigurationErrors();

        new LogLinearConfig { Huber = 0, MaxSteps = 0, OffsetRange = [1, 0], Offsets = 0, Contrasts = [] }.Validate("predictor", errors);

        Assert.That(errors.Errors, Has.Count.EqualTo(5));
    }
}
