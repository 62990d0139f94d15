using Granary.Core.Configuration;

namespace Granary.Pipelines.Climb.Predictors;

/// <summary>Whichever of several predictors ranks runs best that it was not fitted to.</summary>
public sealed record AutoPredictorConfig : PredictorConfig
{
    internal const string TypeName = "auto"; // what `type:` says in YAML

    /// <summary>Those to choose from, none of them auto. Default: relevance-process, gaussian-process, boosting-ensemble, log-linear, ridge.</summary>
    public IReadOnlyList<PredictorConfig> Predictors { get; init; } =
        [new RelevanceProcessConfig(), new GaussianProcessConfig(), new BoostingEnsembleConfig(), new LogLinearConfig(), new RidgeConfig()];

    /// <inheritdoc/>
    public override IMixturePredictor Build()
    {
        return new AutoPredictor(this);
    }

    /// <inheritdoc/>
    public override IEnumerable<string> Warnings(string path)
    {
        return Predictors.SelectMany((predictor, i) => predictor.Warnings($"{path}.predictors.{i}"));
    }

    /// <inheritdoc/>
    public override void Validate(string path, ConfigurationErrors errors)
    {
        errors.Require(Predictors.Count > 0 && !Predictors.OfType<AutoPredictorConfig>().Any(), $"{path}.predictors", $"{Predictors.Count} predictors", "one predictor or more, none of them auto");
        for (var i = 0; i < Predictors.Count; i++)
        {
            Predictors[i].Validate($"{path}.predictors.{i}", errors);
        }
    }
}
