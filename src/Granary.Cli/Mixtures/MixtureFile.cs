using System.Collections.ObjectModel;
using Granary.Core.Configuration;
using Granary.Core.Files;
using Granary.Core.Runs;
using Granary.Pipelines.Climb.Embedding;

namespace Granary.Cli.Mixtures;

/// <summary>The mixture that a search has found: mixture.yaml. Another run takes it by <c>mix.file</c>, or copies the section 'batching' into its own.</summary>
public sealed record MixtureFile : IConfigSection
{
    /// <summary>The name the file has in the stage's folder.</summary>
    public const string FileName = "mixture.yaml";

    private const string Head = """
        # A mixture found by `granary mix`. Another run takes it whole by
        #   mix: {file: PATH/TO/mixture.yaml}
        # or has the section 'batching' below copied into its own; clusters are those of the folder 'clusters' then.

        """;

    /// <summary>What is mixed: sources or clusters.</summary>
    public required string Components { get; init; }

    /// <summary>The share of the tokens of each component, by name; 1 in sum.</summary>
    public required IReadOnlyDictionary<string, double> Weights { get; init; }

    /// <summary>The share of the tokens that each has in the corpus.</summary>
    public required IReadOnlyDictionary<string, double> Natural { get; init; }

    /// <summary>How often the run that searched goes through each component.</summary>
    public required IReadOnlyDictionary<string, double> Epochs { get; init; }

    /// <summary>The share of the tokens of that run in rows of each length.</summary>
    public required IReadOnlyDictionary<string, double> Lengths { get; init; }

    /// <summary>The number that shards hold of each cluster, by name; empty for sources.</summary>
    public IReadOnlyDictionary<string, int> Numbers { get; init; } = ReadOnlyDictionary<string, int>.Empty;

    /// <summary>The folder of the clusters, from this file's; empty for sources.</summary>
    public string Clusters { get; init; } = string.Empty;

    /// <summary>How documents became the vectors that were clustered; null for sources.</summary>
    public EmbeddingConfig? Embedding { get; init; }

    /// <summary>The method that found it.</summary>
    public required string Method { get; init; }

    /// <summary>The rule that chose it.</summary>
    public required string Rule { get; init; }

    /// <summary>The score it was measured at, the mean of its proxies; null where none was trained on it.</summary>
    public double? Measured { get; init; }

    /// <summary>The score that the last predictor expects of it; null without one.</summary>
    public double? Predicted { get; init; }

    /// <summary>The share of the held-out documents that judged mixtures: a run that takes this one is not measured on them. Default 0: none.</summary>
    public double SearchShare { get; init; }

    /// <summary>What could not be as the mixture asks, a sentence each.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>The same weights as the section 'batching' of a run takes them.</summary>
    public required MixtureBatching Batching { get; init; }

    /// <summary>Reads a file.</summary>
    /// <exception cref="ConfigurationException">It is not there, or no mixture.</exception>
    public static MixtureFile Load(string path)
    {
        return ConfigurationFile.Load<MixtureFile>(path, []);
    }

    /// <summary>Writes the file, whole or not at all, and gives the hash of its content.</summary>
    public string Publish(string path)
    {
        var text = Head + ConfigurationFile.Write(this);
        AtomicFile.WriteText(path, text);
        return StageRecord.HashOf(text);
    }

    /// <inheritdoc/>
    public void Validate(string path, ConfigurationErrors errors)
    {
        errors.Require(Components is MixConfig.Sources or MixConfig.Clustered, $"{path}.components", Components, $"'{MixConfig.Sources}' or '{MixConfig.Clustered}'");
        errors.Require(Weights.Count > 0 && Weights.Values.All(weight => weight >= 0) && Weights.Values.Sum() > 0, $"{path}.weights", Weights.Values.Sum(), "weights of 0 or more, at least one of them above");
        errors.Require(SearchShare is >= 0 and <= 1, $"{path}.search_share", SearchShare, "from 0 to 1");
        Batching.Validate($"{path}.batching", errors);
    }
}
