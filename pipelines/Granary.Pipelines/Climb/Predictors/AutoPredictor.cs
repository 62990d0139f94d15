using System.Globalization;
using Granary.Core.Randomness;
using Granary.Pipelines.Climb.Search;

namespace Granary.Pipelines.Climb.Predictors;

/// <summary>Measures each predictor out of fold, and fits the best to all runs; one that fails is passed over.</summary>
internal sealed class AutoPredictor : IMixturePredictor
{
    private readonly AutoPredictorConfig _config;

    public AutoPredictor(AutoPredictorConfig config)
    {
        _config = config;
    }

    public string Name => AutoPredictorConfig.TypeName;

    public IFittedPredictor Fit(IReadOnlyList<double[]> mixtures, IReadOnlyList<double> scores, RandomKey key)
    {
        FitRows.Check(mixtures, scores);
        List<string> ids = [.. mixtures.Select((_, row) => row.ToString(CultureInfo.InvariantCulture))];
        var ranked = RankedPredictors.Of(_config.Predictors, mixtures, scores, ids, key);
        return ranked.Fitted is { } fitted
            ? new FittedAuto(fitted, ranked.Fits)
            : throw new PredictorException($"None of the '{ranked.Fits.Count}' predictors to choose from can be fitted to {mixtures.Count} runs. {Failures.Reasons(ranked.Fits)}");
    }
}
