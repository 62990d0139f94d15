using Granary.Core.Configuration;
using Granary.Core.Randomness;
using Granary.Pipelines.Native.XGBoost.Tests;

namespace Granary.Pipelines.Climb.Predictors.Tests;

public sealed class GradientBoostingTests
{
    private static readonly RandomKey Key = RandomKey.FromSeed(1);

    private static IEnumerable<TestCaseData> Predictors()
    {
        foreach (var defaults in Enum.GetValues<BoostingDefaults>())
        {
            yield return new TestCaseData(new GradientBoostingConfig { Defaults = defaults }).SetArgDisplayNames(defaults.ToString());
        }

        yield return new TestCaseData(new BoostingEnsembleConfig { Splits = 3 }).SetArgDisplayNames("ensemble");
    }

    [SetUp]
    public void Require()
    {
        XGBoostSample.Require();
    }

    [TestCaseSource(nameof(Predictors))]
    public void The_same_key_gives_the_same_bits(BoostingConfig config)
    {
        var (mixtures, scores) = PredictorSamples.Runs(64, 5);

        using var first = config.Build().Fit(mixtures, scores, Key);
        using var second = config.Build().Fit(mixtures, scores, Key);

        Assert.That(second.Predict(mixtures), Is.EqualTo(first.Predict(mixtures)));
    }

    [TestCaseSource(nameof(Predictors))]
    public void What_matters_most_is_learned(BoostingConfig config)
    {
        var (mixtures, scores) = PredictorSamples.Runs(120, 5);

        using var fitted = config.Build().Fit(mixtures, scores, Key);

        Assert.That(fitted.IsConstant, Is.False);
        Assert.That(fitted.Predict([[0.9, 0.025, 0.025, 0.025, 0.025]])[0], Is.LessThan(fitted.Predict([[0, 0.25, 0.25, 0.25, 0.25]])[0]));
    }

    [Test]
    public void Regmixs_default_is_constant_on_32_runs()
    {
        var (mixtures, scores) = PredictorSamples.Runs(32, 5);

        using var fitted = new GradientBoostingConfig { Defaults = BoostingDefaults.RegMix }.Build().Fit(mixtures, scores, Key);

        // 28 fitted rows cannot be split into two leaves of 20.
        Assert.That(fitted.IsConstant, Is.True);
        Assert.That(fitted.Predict(mixtures).Distinct().Count(), Is.EqualTo(1));
    }

    [Test]
    public void Without_regularisation_one_deep_tree_repeats_its_rows()
    {
        var (mixtures, scores) = PredictorSamples.Runs(20, 4);
        var config = new GradientBoostingConfig { Trees = 1, LearningRate = 1, MaxDepth = 20, MinRowsPerLeaf = 1, L1 = 0, L2 = 0, HeldOutShare = 0 };

        using var fitted = config.Build().Fit(mixtures, scores, Key);

        Assert.That(fitted.Predict(mixtures), Is.EqualTo(scores).Within(1e-5));
    }

    [Test]
    public void A_target_in_nats_loses_its_trees_to_an_l1_that_is_meant_for_percent()
    {
        var (mixtures, scores) = PredictorSamples.Runs(64, 5);
        var small = scores.Select(score => 5 + (0.01 * score)).ToList();

        using var raw = new GradientBoostingConfig { Standardise = false }.Build().Fit(mixtures, small, Key);
        using var standardised = new GradientBoostingConfig().Build().Fit(mixtures, small, Key);

        Assert.That(raw.IsConstant, Is.True);
        Assert.That(standardised.IsConstant, Is.False);
    }

    [Test]
    public void Such_a_target_is_warned_about()
    {
        var warnings = new GradientBoostingConfig { Standardise = false }.Warnings("predictor").ToList();

        Assert.That(warnings, Has.Count.EqualTo(1));
        Assert.That(warnings[0], Does.Contain("'predictor.l1' is '1'").And.Contain("'predictor.standardise'"));
        Assert.That(new GradientBoostingConfig().Warnings("predictor"), Is.Empty);
        Assert.That(new GradientBoostingConfig { Standardise = false, L1 = 0 }.Warnings("predictor"), Is.Empty);
    }

    [Test]
    public void An_ensemble_is_more_than_its_first_split()
    {
        var (mixtures, scores) = PredictorSamples.Runs(64, 5);
        var unseen = PredictorSamples.Runs(10, 5, seed: 2).Mixtures;

        using var ensemble = new BoostingEnsembleConfig { Splits = 3 }.Build().Fit(mixtures, scores, Key);
        using var first = new GradientBoostingConfig { Defaults = BoostingDefaults.Ensemble }.Build().Fit(mixtures, scores, Key);

        Assert.That(ensemble.Predict(unseen), Is.Not.EqualTo(first.Predict(unseen)));
    }

    [Test]
    public void Whatever_is_held_out_a_row_is_left_to_fit()
    {
        var (mixtures, scores) = PredictorSamples.Runs(3, 4);

        using var fitted = new GradientBoostingConfig { HeldOutShare = 0.99 }.Build().Fit(mixtures, scores, Key);

        Assert.That(fitted.IsConstant, Is.True);
    }

    [Test]
    public void Nothing_asked_is_nothing_said()
    {
        var (mixtures, scores) = PredictorSamples.Runs(20, 4);

        using var fitted = new BoostingEnsembleConfig().Build().Fit(mixtures, scores, Key);

        Assert.That(fitted.Predict([]), Is.Empty);
    }

    [Test]
    public void Keys_that_are_said_go_before_the_defaults()
    {
        var config = new GradientBoostingConfig { Defaults = BoostingDefaults.NoEarlyStopping, MaxDepth = 7 };

        var settings = config.Resolve();

        Assert.That((settings.Trees, settings.LearningRate, settings.MaxDepth, settings.HeldOutShare), Is.EqualTo((150, 0.05, 7, 0.0)));
    }

    [Test]
    public void Validation_reports_every_fault()
    {
        var errors = new ConfigurationErrors();

        new BoostingEnsembleConfig { Splits = 1, Trees = 0, LearningRate = 2, MaxDepth = 0, MaxLeaves = 1, MinRowsPerLeaf = 0, L1 = -1, L2 = -1, HeldOutShare = 0, Patience = -1, Threads = 0 }.Validate("predictor", errors);

        Assert.That(errors.Errors, Has.Count.EqualTo(10));
    }
}
