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
        var ranked = _config.Predictors
            .Select(config => config.Build())
            .Select((predictor, i) => (predictor, fit: OutOfFold.Measure(predictor, mixtures, scores, ids, key.Fold(i))))
            .OrderBy(measured => measured.fit.Failure is null ? 0 : 1)
            .ThenByDescending(measured => measured.fit.RankCorrelation)
            .ToList();
        return new FittedAuto(ranked[0].predictor.Fit(mixtures, scores, key), [.. ranked.Select(measured => measured.fit)]);
    }
}
