using Granary.Core.Randomness;

namespace Granary.Pipelines.Climb.Search;

/// <summary>Where a search takes mixtures from: the simplex, or the rows of a table of known results.</summary>
internal interface ICandidates
{
    /// <summary>Mixtures of the first round, all different.</summary>
    /// <exception cref="MixtureSearchException">There are not so many.</exception>
    IReadOnlyList<double[]> Draw(int count, RandomKey key);

    /// <summary>Mixtures for a predictor to look through.</summary>
    /// <param name="best">The best measured mixtures, to draw around; empty for none.</param>
    /// <param name="key">Decides the draws.</param>
    IReadOnlyList<Candidate> Pool(IReadOnlyList<double[]> best, RandomKey key);

    /// <summary>The nearest mixture that may be tried.</summary>
    double[] Nearest(IReadOnlyList<double> mixture);

    /// <summary>Whether a mixture may be tried as it is.</summary>
    bool Holds(IReadOnlyList<double> mixture);
}
