using Granary.Core.Configuration;
using Granary.Core.Randomness;

namespace Granary.Pipelines.Climb.Predictors.Tests;

public sealed class AutoPredictorTests
{
    private static readonly RandomKey Key = RandomKey.FromSeed(1);

    [Test]
    public void The_best_out_of_fold_is_chosen_and_all_are_reported()
    {
        var (mixtures, scores) = PredictorSamples.Runs(60, 4);
        var config = new AutoPredictorConfig { Predictors = [new RidgeConfig { Features = RidgeFeatures.Linear }, new GaussianProcessConfig()] };

        using var fitted = (FittedAuto)config.Build().Fit(mixtures, scores, Key);

        Assert.That(fitted.Fits.Select(fit => fit.Predictor), Is.EqualTo(new[] { "gaussian-process", "ridge" }));
        Assert.That(fitted.Fits[0].RankCorrelation, Is.GreaterThan(fitted.Fits[1].RankCorrelation));
        using var alone = new GaussianProcessConfig().Build().Fit(mixtures, scores, Key);
        Assert.That(fitted.Predict(mixtures), Is.EqualTo(alone.Predict(mixtures)));
    }

    [Test]
    public void Faults_of_those_to_choose_from_are_reported_with_their_place()
    {
        var errors = new ConfigurationErrors();

        new AutoPredictorConfig { Predictors = [new RidgeConfig { Penalties = [] }, new AutoPredictorConfig()] }.Validate("predictor", errors);

        Assert.That(errors.Errors, Has.Count.EqualTo(2));
        Assert.That(errors.Errors, Has.Some.Contains("'predictor.predictors.0.penalties'"));
    }

    [Test]
    public void Warnings_of_those_to_choose_from_are_handed_on()
    {
        var config = new AutoPredictorConfig { Predictors = [new GradientBoostingConfig { Standardise = false }] };

        Assert.That(config.Warnings("predictor"), Has.One.Contains("'predictor.predictors.0.l1'"));
    }
}
