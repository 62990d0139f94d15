using Granary.Core.Configuration;
using Granary.Core.Randomness;

namespace Granary.Pipelines.Climb.Predictors.Tests;

public sealed class GaussianProcessTests
{
    private static readonly RandomKey Key = RandomKey.FromSeed(1);

    [Test]
    public void Predictions_are_those_of_the_textbook()
    {
        var (mixtures, scores) = PredictorSamples.Runs(12, 3);
        var config = new GaussianProcessConfig { LengthScales = [0.7], Noises = [0.05], LinearWeights = [0.5] };
        var unseen = PredictorSamples.Runs(5, 3, seed: 2).Mixtures;

        using var fitted = config.Build().Fit(mixtures, scores, Key);

        var means = Textbook(mixtures, scores, unseen, 0.7, 0.05, 0.5);
        Assert.That(fitted.Predict(unseen), Is.EqualTo(means).Within(1e-9));
    }

    [Test]
    public void What_leaving_a_run_out_predicts_is_what_a_fit_without_it_predicts()
    {
        var (mixtures, scores) = PredictorSamples.Runs(14, 4);
        var kernel = new MixtureKernel([2, 2, 2, 2], 1);

        var errors = GaussianProcess.LeftOut(kernel, 0.03, mixtures, [.. scores]);

        for (var i = 0; i < mixtures.Count; i++)
        {
            var rest = Enumerable.Range(0, mixtures.Count).Where(row => row != i).ToList();
            using var without = new FittedGaussianProcess(kernel, 0.03, [.. rest.Select(row => mixtures[row])], [.. rest.Select(row => scores[row])], ScoreScale.None);
            Assert.That(errors[i], Is.EqualTo(scores[i] - without.Predict([mixtures[i]])[0]).Within(1e-9), $"run {i}");
        }
    }

    [Test]
    public void The_runs_of_one_mixture_are_left_out_together()
    {
        var (mixtures, scores) = PredictorSamples.Runs(10, 4);
        mixtures = [.. mixtures, [.. mixtures[3]], [.. mixtures[3]]];
        scores = [.. scores, scores[3] + 0.2, scores[3] - 0.1];
        var kernel = new MixtureKernel([2, 2, 2, 2], 1);

        var errors = GaussianProcess.LeftOut(kernel, 0.03, mixtures, [.. scores]);

        int[] rest = [0, 1, 2, 4, 5, 6, 7, 8, 9];
        using var without = new FittedGaussianProcess(kernel, 0.03, [.. rest.Select(row => mixtures[row])], [.. rest.Select(row => scores[row])], ScoreScale.None);
        foreach (var row in (int[])[3, 10, 11])
        {
            Assert.That(errors[row], Is.EqualTo(scores[row] - without.Predict([mixtures[row]])[0]).Within(1e-9), $"run {row}");
        }
    }

    [Test]
    public void Covariances_that_cannot_be_factored_are_a_failure_of_the_predictor()
    {
        var mixtures = Enumerable.Repeat(new[] { 0.5, 0.5 }, 12).ToList();

        Assert.That(
            () => new GaussianProcessConfig { LengthScales = [1], Noises = [1e-300], LinearWeights = [0] }.Build().Fit(mixtures, [.. Enumerable.Range(0, 12).Select(i => (double)i)], Key),
            Throws.TypeOf<PredictorException>());
    }

    [Test]
    public void Components_may_change_places()
    {
        var (mixtures, scores) = PredictorSamples.Runs(40, 6);
        var unseen = PredictorSamples.Runs(20, 6, seed: 2).Mixtures;

        using var there = new GaussianProcessConfig().Build().Fit(mixtures, scores, Key);
        using var back = new GaussianProcessConfig().Build().Fit(PredictorSamples.Turned(mixtures), scores, Key);

        Assert.That(back.Predict(PredictorSamples.Turned(unseen)), Is.EqualTo(there.Predict(unseen)).Within(1e-9));
    }

    [Test]
    public void Equal_scores_make_it_constant()
    {
        var mixtures = PredictorSamples.Runs(20, 4).Mixtures;

        using var fitted = new GaussianProcessConfig().Build().Fit(mixtures, [.. mixtures.Select(_ => 3.3)], Key);

        Assert.That(fitted.IsConstant, Is.True);
    }

    [Test]
    public void The_unit_of_scores_does_not_matter()
    {
        var (mixtures, scores) = PredictorSamples.Runs(30, 5);
        var unseen = PredictorSamples.Runs(10, 5, seed: 2).Mixtures;

        using var nats = new GaussianProcessConfig().Build().Fit(mixtures, scores, Key);
        using var points = new GaussianProcessConfig().Build().Fit(mixtures, [.. scores.Select(score => 40 - (100 * score))], Key);

        Assert.That(points.Predict(unseen), Is.EqualTo(nats.Predict(unseen).Select(score => 40 - (100 * score))).Within(1e-6));
    }

    [Test]
    public void Validation_reports_every_fault()
    {
        var errors = new ConfigurationErrors();

        new GaussianProcessConfig { LengthScales = [0], Noises = [], LinearWeights = [-1] }.Validate("predictor", errors);

        Assert.That(errors.Errors, Has.Count.EqualTo(3));
    }

    /// <summary>Gauss's elimination on the whole system, for each mixture anew.</summary>
    private static double[] Textbook(IReadOnlyList<double[]> mixtures, IReadOnlyList<double> scores, IReadOnlyList<double[]> unseen, double length, double noise, double linear)
    {
        double Alike(double[] a, double[] b) => Math.Exp(-a.Zip(b, (x, y) => Math.Pow(Math.Sqrt(x) - Math.Sqrt(y), 2)).Sum() / (2 * length * length)) + (linear * a.Zip(b, (x, y) => x * y).Sum());
        var mean = scores.Average();
        var deviation = Math.Sqrt(scores.Average(score => Math.Pow(score - mean, 2)));
        var matrix = mixtures.Select((a, i) => mixtures.Select((b, j) => Alike(a, b) + (i == j ? noise : 0)).ToArray()).ToArray();
        var means = new List<double>();
        foreach (var mixture in unseen)
        {
            var alike = mixtures.Select(other => Alike(mixture, other)).ToArray();
            var weights = PredictorSamples.Eliminate(matrix, alike);
            means.Add(mean + (deviation * weights.Zip(scores, (weight, score) => weight * (score - mean) / deviation).Sum()));
        }

        return [.. means];
    }
}
