using Granary.Core.Randomness;
using Granary.Pipelines.Climb.Predictors;

namespace Granary.Pipelines.Climb.Search;

/// <summary>The predictor that ranks trials best which it was not fitted to, fitted to all of them.</summary>
internal sealed class FittedChoice : IDisposable
{
    private FittedChoice(IFittedPredictor? predictor, IReadOnlyList<PredictorFit> fits, bool isSmooth)
    {
        Predictor = predictor;
        Fits = fits;
        IsSmooth = isSmooth;
    }

    /// <summary>The predictor; null where there is none, or none can be fitted.</summary>
    public IFittedPredictor? Predictor { get; }

    /// <summary>How all of them did, the chosen one first; those that cannot be fitted last, with the reason.</summary>
    public IReadOnlyList<PredictorFit> Fits { get; }

    /// <summary>Whether it tells mixtures apart that lie close together.</summary>
    public bool IsSmooth { get; }

    /// <summary>Compares predictors on the trials that have a score.</summary>
    /// <exception cref="MixtureSearchException">No trial has one.</exception>
    public static FittedChoice Of(IReadOnlyList<PredictorConfig> predictors, IReadOnlyList<FinishedTrial> history, RandomKey key)
    {
        var scored = history.Where(finished => !finished.Result.HasFailed).ToList();
        if (scored.Count == 0)
        {
            throw Failures.NoScore(history.Count);
        }

        var mixtures = scored.Select(finished => finished.Trial.Weights.ToArray()).ToList();
        var scores = scored.Select(finished => finished.Result.Score).ToList();
        var ids = scored.Select(finished => finished.Trial.Id).ToList();
        var ranked = RankedPredictors.Of(predictors, mixtures, scores, ids, key);
        return new FittedChoice(ranked.Fitted, ranked.Fits, isSmooth: ranked.Config is not (null or BoostingConfig));
    }

    /// <summary>What the predictor says of mixtures; NaN without one.</summary>
    public double[] Predict(IReadOnlyList<double[]> mixtures)
    {
        return Predictor?.Predict(mixtures) ?? [.. Enumerable.Repeat(double.NaN, mixtures.Count)];
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Predictor?.Dispose();
    }
}
