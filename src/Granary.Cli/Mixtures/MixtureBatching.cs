using System.Collections.ObjectModel;
using Granary.Core.Configuration;

namespace Granary.Cli.Mixtures;

/// <summary>A mixture's weights in the words of a run's section 'batching'.</summary>
public sealed record MixtureBatching : IConfigSection
{
    /// <summary>Each source's share; empty where clusters are mixed.</summary>
    public IReadOnlyDictionary<string, double> SourceWeights { get; init; } = ReadOnlyDictionary<string, double>.Empty;

    /// <summary>Each cluster's share, by its number; empty where sources are mixed.</summary>
    public IReadOnlyDictionary<string, double> ClusterWeights { get; init; } = ReadOnlyDictionary<string, double>.Empty;

    /// <inheritdoc/>
    public void Validate(string path, ConfigurationErrors errors)
    {
        errors.Require(SourceWeights.Count > 0 != ClusterWeights.Count > 0, $"{path}.source_weights", SourceWeights.Count, "given where cluster_weights are not, and only then");
    }
}
