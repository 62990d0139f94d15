using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Granary.Core;
using Granary.Core.Files;

namespace Granary.Pipelines.Climb.Clustering;

/// <summary>What clustering found: clusters.json.</summary>
public sealed record ClusterReport
{
    /// <summary>The name the report has in the stage's folder.</summary>
    public const string FileName = "clusters.json";

    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
        NewLine = "\n",
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
    };

    /// <summary>The hash of everything the clusters were made from.</summary>
    public required string Build { get; init; }

    /// <summary>The clusters, by number.</summary>
    public required IReadOnlyList<ClusterCard> Clusters { get; init; }

    /// <summary>Documents that were read, identical ones counted once.</summary>
    public required long Documents { get; init; }

    /// <summary>Documents of clusters that were left out.</summary>
    public required long PrunedDocuments { get; init; }

    /// <summary>Bytes of these.</summary>
    public required long PrunedBytes { get; init; }

    /// <summary>What each bound left out.</summary>
    public IReadOnlyList<PrunedScore> Pruned { get; init; } = [];

    /// <summary>How well the trained quality classifiers do.</summary>
    public IReadOnlyList<ClassifierFit> Classifiers { get; init; } = [];

    /// <summary>The clusters that k-means made, before any were left out or merged.</summary>
    public required int InitialClusters { get; init; }

    /// <summary>The sum of the documents' squared distances to their centres, of those that were fitted.</summary>
    public required double Inertia { get; init; }

    /// <summary>All merges in order, those behind the last that was made too.</summary>
    public IReadOnlyList<ClusterMerge> Dendrogram { get; init; } = [];

    /// <summary>How many of these merges were made.</summary>
    public int MergesMade { get; init; }

    /// <summary>Reads a report; names may have been edited.</summary>
    /// <exception cref="CorpusException">The file is missing or cannot be read, or two clusters have one name.</exception>
    public static ClusterReport Load(string path)
    {
        try
        {
            var report = JsonSerializer.Deserialize<ClusterReport>(File.ReadAllBytes(path), Json)
                ?? throw new CorpusException(path, "The report is 'null'. Remove it and cluster again.");
            var twice = report.Clusters.GroupBy(card => card.Name).FirstOrDefault(group => group.Count() > 1);
            return twice is null
                ? report
                : throw new CorpusException(path, $"Two clusters are called '{twice.Key}', but mixtures go by names, so each needs its own. Rename one.");
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new CorpusException(path, "There is no report of clusters here. Run a configuration whose section 'mix' has 'components: clusters' first.", inner: exception);
        }
        catch (JsonException exception)
        {
            throw new CorpusException(path, $"The report cannot be read: {exception.Message} Mend it, or remove it and cluster again.", (exception.LineNumber ?? -1) + 1, inner: exception);
        }
    }

    /// <summary>The report as the file holds it.</summary>
    public string ToJson()
    {
        return JsonSerializer.Serialize(this, Json);
    }

    /// <summary>Writes the report, whole or not at all.</summary>
    public void Save(string path)
    {
        AtomicFile.Write(path, stream => JsonSerializer.Serialize(stream, this, Json));
    }
}
