using Granary.Pipelines.Climb.Statistics;
using Granary.Pipelines.Native.XGBoost.Tests;
using Granary.Testing;

namespace Granary.Pipelines.Climb.Predictors.Tests;

/// <summary>
/// Predictors on RegMix's real runs, against bands: exact values depend on the library that grows the trees and on the
/// subsets. Rows are (predictor, target, size, rank correlation, the same in the best quarter, the same on 1B runs).
/// </summary>
public sealed class RegMixPredictorTests
{
    private static readonly Lazy<MeasuredRuns> Known = new(() => Read(RegMixTables.Train1M));
    private static readonly Lazy<IReadOnlyList<MeasuredRuns>> Unseen = new(() => [Read(RegMixTables.Test1M), Read(RegMixTables.Test60M), Read(RegMixTables.Test1B)]);

    [TestCase("gaussian-process", "pile_cc", 64, 0.95, 0.83)]
    [TestCase("gaussian-process", "mean", 64, 0.86, 0.55)]
    [TestCase("relevance-process", "pile_cc", 64, 0.95, 0.90)]
    [TestCase("relevance-process", "mean", 64, 0.89, 0.65)]
    [TestCase("ridge-logarithmic", "pile_cc", 64, 0.92, 0.70)]
    [TestCase("trees-no-early-stopping", "pile_cc", 64, 0.88, 0.75)]
    [TestCase("log-linear", "pile_cc", 64, 0.80, 0.80)]
    public void A_predictor_ranks_unseen_runs(string predictor, string target, int size, double least, double leastOfBest)
    {
        RequireLibrary(predictor);

        var seen = PredictorComparison.Measure(NamedPredictors.All[predictor], Known.Value, [Unseen.Value[0]], target, size, subsets: 2).Unseen[0];

        Assert.That(seen.RankCorrelation, Is.GreaterThan(least));
        Assert.That(seen.RankCorrelationOfBest, Is.GreaterThan(leastOfBest));
    }

    [TestCase("trees-regmix", "pile_cc", 32, 0, 0, 0)]
    [TestCase("trees-regmix", "pile_cc", 112, 0.941, 0.69, 0.87)]
    [TestCase("trees-regmix", "pile_cc", 512, 0.990, 0.97, 0.96)]
    [TestCase("trees-climb", "pile_cc", 64, 0.921, 0.77, 0.85)]
    [TestCase("trees-climb", "pile_cc", 112, 0.957, 0.90, 0.94)]
    [TestCase("trees-climb", "mean", 112, 0.84, 0.62, 0.62)]
    [TestCase("trees-no-early-stopping", "pile_cc", 64, 0.941, 0.91, 0.91)]
    [TestCase("trees-no-early-stopping", "pile_cc", 112, 0.966, 0.95, 0.94)]
    [TestCase("trees-no-early-stopping", "mean", 112, 0.87, 0.68, 0.65)]
    [TestCase("boosting-ensemble", "pile_cc", 64, 0.947, 0.89, 0.95)]
    [TestCase("boosting-ensemble", "pile_cc", 112, 0.970, 0.95, 0.96)]
    [TestCase("boosting-ensemble", "mean", 112, 0.89, 0.74, 0.67)]
    [TestCase("gaussian-process", "pile_cc", 64, 0.975, 0.90, 0.93)]
    [TestCase("gaussian-process", "pile_cc", 112, 0.982, 0.93, 0.94)]
    [TestCase("gaussian-process", "mean", 64, 0.91, 0.69, 0.71)]
    [TestCase("gaussian-process", "mean", 112, 0.92, 0.73, 0.71)]
    [TestCase("ridge-linear", "pile_cc", 112, 0.879, 0.91, 0.89)]
    [TestCase("ridge-quadratic", "pile_cc", 112, 0.920, 0.91, 0.97)]
    [TestCase("ridge-logarithmic", "pile_cc", 112, 0.977, 0.85, 0.88)]
    [Category("Slow")]
    public void Means_over_subsets_lie_in_the_published_bands(string predictor, string target, int size, double all, double best, double large)
    {
        RequireLibrary(predictor);

        var accuracy = PredictorComparison.Measure(NamedPredictors.All[predictor], Known.Value, Unseen.Value, target, size, size == 512 ? 1 : 15);

        Assert.That(accuracy.Unseen[0].RankCorrelation, Is.EqualTo(all).Within(0.03));
        Assert.That(accuracy.Unseen[0].RankCorrelationOfBest, Is.EqualTo(best).Within(0.08));
        Assert.That(accuracy.Unseen[1].RankCorrelation, Is.GreaterThan(accuracy.Unseen[0].RankCorrelation - 0.07), "the runs of 60M");
        Assert.That(accuracy.Unseen[2].RankCorrelation, Is.EqualTo(large).Within(0.06), "the runs of 1B");
    }

    [TestCase("pile_cc", 64)]
    [TestCase("pile_cc", 112)]
    [TestCase("mean", 64)]
    [TestCase("mean", 112)]
    [Category("Slow")]
    public void Relevance_ranks_the_best_quarter_better_than_one_length_scale_does(string target, int size)
    {
        var relevance = PredictorComparison.Measure(new RelevanceProcessConfig(), Known.Value, [Unseen.Value[0]], target, size, 15).Unseen[0];
        var common = PredictorComparison.Measure(new GaussianProcessConfig(), Known.Value, [Unseen.Value[0]], target, size, 15).Unseen[0];

        Assert.That(relevance.RankCorrelationOfBest, Is.GreaterThan(common.RankCorrelationOfBest));
    }

    private static MeasuredRuns Read((string Mixtures, string Losses) paths)
    {
        return MeasuredRuns.Read(paths.Mixtures, paths.Losses);
    }

    private static void RequireLibrary(string predictor)
    {
        if (NamedPredictors.All[predictor] is BoostingConfig)
        {
            XGBoostSample.Require();
        }
    }
}
