using System.Collections.ObjectModel;
using Granary.Core.Configuration;

namespace Granary.Data.Batching;

/// <summary>A stretch of a run with a mixture of its own; what it does not say is as in the section it stands in.</summary>
public sealed record MixturePhaseConfig : IConfigSection
{
    /// <summary>The share of the run's steps at which the phase ends, up to 1. Default 0: see <see cref="Steps"/>.</summary>
    public double Until { get; init; }

    /// <summary>Steps the phase holds. Default 0: see <see cref="Until"/>; the last phase has neither and holds to the end.</summary>
    public long Steps { get; init; }

    /// <summary>Shares of the tokens by source. Default empty: the section's.</summary>
    public IReadOnlyDictionary<string, double> SourceWeights { get; init; } = ReadOnlyDictionary<string, double>.Empty;

    /// <summary>Shares of the tokens by cluster. Default empty: the section's.</summary>
    public IReadOnlyDictionary<string, double> ClusterWeights { get; init; } = ReadOnlyDictionary<string, double>.Empty;

    /// <summary>The mixture of lengths, as in dataset decomposition. Default empty: the section's.</summary>
    public string Mixture { get; init; } = string.Empty;

    /// <summary>With mixture <c>list</c>: each bucket's share of the tokens, shortest rows first.</summary>
    public IReadOnlyList<double> MixtureFractions { get; init; } = [];

    /// <summary>The curriculum, as in dataset decomposition. Default empty: the section's.</summary>
    public string Curriculum { get; init; } = string.Empty;

    /// <summary>With curriculum <c>list</c>: the odds of each bucket, shortest rows first.</summary>
    public IReadOnlyList<double> Odds { get; init; } = [];

    /// <summary>Cycles of the phase. Default 0: its share of the run's cycles over all passes, rounded, at least 1.</summary>
    public int Cycles { get; init; }

    /// <summary>Whether the phase says how lengths are mixed or drawn.</summary>
    internal bool IsAboutLengths => Mixture.Length > 0 || MixtureFractions.Count > 0 || Curriculum.Length > 0 || Odds.Count > 0 || Cycles != 0;

    /// <inheritdoc/>
    public void Validate(string path, ConfigurationErrors errors)
    {
        errors.Require(Until is >= 0 and <= 1, $"{path}.until", Until, "from 0 to 1");
        errors.Require(Steps >= 0, $"{path}.steps", Steps, "0 or more");
        errors.Require(Cycles >= 0, $"{path}.cycles", Cycles, "0 (a share of the run's) or more");
        MixtureWeights.Validate(SourceWeights, $"{path}.source_weights", errors);
        MixtureWeights.Validate(ClusterWeights, $"{path}.cluster_weights", errors);
        Mixtures.Validate(Mixture.Length > 0 ? Mixture : "natural", MixtureFractions, path, errors);
        Curricula.Validate(Curriculum.Length > 0 ? Curriculum : "uniform", Odds, path, errors);
    }

    /// <summary>The law of lengths that holds in the phase.</summary>
    internal DatasetDecompositionConfig Over(DatasetDecompositionConfig section)
    {
        return section with
        {
            Mixture = Mixture.Length > 0 ? Mixture : section.Mixture,
            MixtureFractions = Mixture.Length > 0 ? MixtureFractions : section.MixtureFractions,
            Curriculum = Curriculum.Length > 0 ? Curriculum : section.Curriculum,
            Odds = Curriculum.Length > 0 ? Odds : section.Odds,
        };
    }
}
