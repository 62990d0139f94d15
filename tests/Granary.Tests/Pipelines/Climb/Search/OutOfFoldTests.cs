using Granary.Core.Randomness;
using Granary.Pipelines.Climb.Mixtures;
using Granary.Pipelines.Climb.Predictors;
using Granary.Pipelines.Climb.Predictors.Tests;

namespace Granary.Pipelines.Climb.Search.Tests;

public sealed class OutOfFoldTests
{
    private static readonly RandomKey Key = RandomKey.FromSeed(1);

    [Test]
    public void No_trial_is_predicted_by_a_fit_that_knows_it()
    {
        var (mixtures, scores) = PredictorSamples.Runs(30, 4);

        var fit = OutOfFold.Measure(new Memory(_ => 1), mixtures, scores, Ids(30), Key);

        Assert.That(fit.OutOfFold, Is.All.NaN, "the memory knows only what it was fitted to");
        Assert.That(fit.TrialIds, Has.Count.EqualTo(30));
    }

    [Test]
    public void No_trial_is_predicted_by_a_fit_that_knows_another_of_its_mixture()
    {
        var (mixtures, scores) = PredictorSamples.Runs(12, 4);
        mixtures = [.. mixtures, .. mixtures.Select(weights => weights.ToArray())];

        var fit = OutOfFold.Measure(new Memory(_ => 1), mixtures, [.. scores, .. scores], Ids(24), Key);

        Assert.That(fit.OutOfFold, Is.All.NaN);
    }

    [Test]
    public void A_smooth_target_is_ranked_by_a_process()
    {
        var (mixtures, scores) = PredictorSamples.Runs(80, 4);

        var fit = OutOfFold.Measure(new GaussianProcessConfig().Build(), mixtures, scores, Ids(80), Key);

        Assert.That(fit.RankCorrelation, Is.GreaterThan(0.95));
        Assert.That(fit.Failure, Is.Null);
        Assert.That(fit.Rmse, Is.LessThan(0.05));
    }

    [Test]
    public void A_constant_predictor_is_a_failure_with_a_correlation_of_0()
    {
        var (mixtures, scores) = PredictorSamples.Runs(40, 4);

        var fit = OutOfFold.Measure(new Constant(), mixtures, scores, Ids(40), Key);

        Assert.That(fit.Failure, Does.StartWith("It says the same of every mixture in '5' of 5 fits to about 32 trials"));
        Assert.That((fit.RankCorrelation, fit.RankCorrelationOfBest), Is.EqualTo((0.0, 0.0)));
    }

    [Test]
    public void Too_few_trials_tell_nothing()
    {
        var (mixtures, scores) = PredictorSamples.Runs(9, 4);

        var fit = OutOfFold.Measure(new GaussianProcessConfig().Build(), mixtures, scores, Ids(9), Key);

        Assert.That(fit.Failure, Does.Contain("'9'").And.Contain("10 or more"));
    }

    private static List<string> Ids(int count)
    {
        return [.. Enumerable.Range(0, count).Select(i => $"t{i}")];
    }

    /// <summary>Knows the mixtures it was fitted to, and says NaN of all others.</summary>
    private sealed class Memory(Func<double[], double> known) : IMixturePredictor
    {
        public string Name => "memory";

        public IFittedPredictor Fit(IReadOnlyList<double[]> mixtures, IReadOnlyList<double> scores, RandomKey key)
        {
            return new Fitted(weights => mixtures.Contains(weights, WeightsComparer.Instance) ? known(weights) : double.NaN, isConstant: false);
        }
    }

    /// <summary>Says the mean of what it was fitted to.</summary>
    private sealed class Constant : IMixturePredictor
    {
        public string Name => "constant";

        public IFittedPredictor Fit(IReadOnlyList<double[]> mixtures, IReadOnlyList<double> scores, RandomKey key)
        {
            var mean = scores.Average();
            return new Fitted(_ => mean, isConstant: true);
        }
    }

    private sealed class Fitted(Func<double[], double> predict, bool isConstant) : IFittedPredictor
    {
        public bool IsConstant => isConstant;

        public double[] Predict(IReadOnlyList<double[]> mixtures)
        {
            return [.. mixtures.Select(predict)];
        }

        public void Dispose()
        {
        }
    }
}
