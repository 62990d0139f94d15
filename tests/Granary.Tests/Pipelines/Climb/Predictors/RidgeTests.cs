using Granary.Core.Configuration;
using Granary.Core.Randomness;

namespace Granary.Pipelines.Climb.Predictors.Tests;

public sealed class RidgeTests
{
    private static readonly RandomKey Key = RandomKey.FromSeed(1);

    [TestCase(RidgeFeatures.Linear)]
    [TestCase(RidgeFeatures.Quadratic)]
    [TestCase(RidgeFeatures.Logarithmic)]
    public void Predictions_are_those_of_the_normal_equations(RidgeFeatures features)
    {
        var (mixtures, scores) = PredictorSamples.Runs(30, 3);
        var ridge = new Ridge(new RidgeConfig { Features = features, Penalties = [0.1] });
        var unseen = PredictorSamples.Runs(5, 3, seed: 2).Mixtures;

        using var fitted = ridge.Fit(mixtures, scores, Key);

        Assert.That(fitted.Predict(unseen), Is.EqualTo(Primal(mixtures.Select(ridge.Features).ToList(), scores, unseen.Select(ridge.Features).ToList(), 0.1)).Within(1e-8));
    }

    [Test]
    public void What_leaving_a_run_out_predicts_is_what_a_fit_without_it_predicts()
    {
        var (mixtures, scores) = PredictorSamples.Runs(12, 3);
        var means = mixtures[0].Select((_, i) => mixtures.Average(weights => weights[i])).ToArray();
        var centred = mixtures.Select(weights => weights.Zip(means, (weight, mean) => weight - mean).ToArray()).ToArray();
        var mean = scores.Average();

        var errors = Ridge.Solve(centred, [.. scores.Select(score => score - mean)], 0.1).LeftOut;

        for (var i = 0; i < mixtures.Count; i++)
        {
            List<double[]> rest = [.. mixtures.Where((_, row) => row != i)];
            var predicted = Primal(rest, [.. scores.Where((_, row) => row != i)], [mixtures[i]], 0.1, isStandardised: false)[0];
            Assert.That(errors[i], Is.EqualTo(scores[i] - predicted).Within(1e-9), $"run {i}");
        }
    }

    [TestCase(RidgeFeatures.Linear)]
    [TestCase(RidgeFeatures.Quadratic)]
    [TestCase(RidgeFeatures.Logarithmic)]
    public void Components_may_change_places(RidgeFeatures features)
    {
        var (mixtures, scores) = PredictorSamples.Runs(40, 6);
        var config = new RidgeConfig { Features = features };

        using var there = config.Build().Fit(mixtures, scores, Key);
        using var back = config.Build().Fit(PredictorSamples.Turned(mixtures), scores, Key);

        Assert.That(back.Predict(PredictorSamples.Turned(mixtures)), Is.EqualTo(there.Predict(mixtures)).Within(1e-8));
    }

    [Test]
    public void Equal_scores_make_it_constant()
    {
        var mixtures = PredictorSamples.Runs(20, 4).Mixtures;

        using var fitted = new RidgeConfig().Build().Fit(mixtures, [.. mixtures.Select(_ => 3.3)], Key);

        Assert.That(fitted.IsConstant, Is.True);
    }

    [Test]
    public void Penalties_must_be_positive()
    {
        var errors = new ConfigurationErrors();

        new RidgeConfig { Penalties = [0.1, 0] }.Validate("predictor", errors);

        Assert.That(errors.Errors, Has.Count.EqualTo(1));
    }

    /// <summary>(FᵀF + λI)⁻¹Fᵀy on centred features and scores, by elimination.</summary>
    private static double[] Primal(IReadOnlyList<double[]> rows, IReadOnlyList<double> scores, IReadOnlyList<double[]> unseen, double penalty, bool isStandardised = true)
    {
        var columns = rows[0].Length;
        var means = Enumerable.Range(0, columns).Select(column => rows.Average(row => row[column])).ToArray();
        var mean = scores.Average();
        var deviation = isStandardised ? Math.Sqrt(scores.Average(score => Math.Pow(score - mean, 2))) : 1;
        double Product(int a, int b) => rows.Sum(row => (row[a] - means[a]) * (row[b] - means[b])) + (a == b ? penalty : 0);
        var matrix = Enumerable.Range(0, columns).Select(a => Enumerable.Range(0, columns).Select(b => Product(a, b)).ToArray()).ToArray();
        var right = Enumerable.Range(0, columns).Select(column => rows.Zip(scores, (row, score) => (row[column] - means[column]) * (score - mean) / deviation).Sum()).ToArray();
        var slopes = PredictorSamples.Eliminate(matrix, right);
        return [.. unseen.Select(row => mean + (deviation * row.Select((value, column) => (value - means[column]) * slopes[column]).Sum()))];
    }
}
