using Granary.Core.Randomness;

namespace Granary.Pipelines.Climb.Predictors;

/// <summary>Learns from measured mixtures what others would score.</summary>
public interface IMixturePredictor
{
    /// <summary>What <c>type:</c> says of it.</summary>
    string Name { get; }

    /// <summary>Fits all that is known.</summary>
    /// <param name="mixtures">Weights that sum to 1, a row for each run.</param>
    /// <param name="scores">What each scored, lower is better, in any unit: a predictor standardises them itself.</param>
    /// <param name="key">Decides splits and starts.</param>
    IFittedPredictor Fit(IReadOnlyList<double[]> mixtures, IReadOnlyList<double> scores, RandomKey key);
}
