using Granary.Core.Configuration;
using Granary.Pipelines.Climb.Clustering;
using Granary.Pipelines.Climb.Embedding;
using Granary.Pipelines.Climb.Search;

namespace Granary.Cli.Mixtures;

/// <summary>How the mixture that a run trains on is found: the section <c>mix</c>. Without it there is no mixture stage.</summary>
public sealed record MixConfig : IConfigSection
{
    /// <summary>What <see cref="Components"/> says of sources.</summary>
    public const string Sources = "sources";

    /// <summary>What <see cref="Components"/> says of clusters.</summary>
    public const string Clustered = "clusters";

    private readonly ReadMixture _read = new();

    /// <summary>What is mixed: <c>sources</c> (default), the corpus' own, or <c>clusters</c> of documents that are alike.</summary>
    public string Components { get; init; } = Sources;

    /// <summary>
    /// A mixture.yaml that another run has found, to be used as it is: nothing is searched, and what is below does not count.
    /// Default empty: the mixture is searched.
    /// </summary>
    public string File { get; init; } = string.Empty;

    /// <summary>Where the search's random numbers begin, apart from the run's, so that searches share corpus, clusters and shards. Default 1.</summary>
    public long Seed { get; init; } = 1;

    /// <summary>With clusters: how documents become vectors. Default: hashed n-grams.</summary>
    public EmbeddingConfig Embedding { get; init; } = new HashedNgramsConfig();

    /// <summary>With clusters: how vectors become clusters. Default: 64 by k-means, merged to 16.</summary>
    public ClusteringConfig Clusters { get; init; } = new();

    /// <summary>The method.</summary>
    public SearchConfig? Search { get; init; }

    /// <summary>What a mixture is judged by.</summary>
    public MixObjectiveConfig Objective { get; init; } = new();

    /// <summary>The small models that try mixtures.</summary>
    public ProxyConfig Proxy { get; init; } = new();

    /// <summary>Whether a mixture is searched, and not only read.</summary>
    internal bool IsSearched => File.Length == 0;

    /// <summary>Whether clusters are mixed, by this section or by the file it names.</summary>
    internal bool MixesClusters => (IsSearched ? Components : Found.Components) == Clustered;

    /// <summary>The share of the held-out documents that judged the mixture.</summary>
    internal double SearchShare => IsSearched ? Objective.SearchShare : Found.SearchShare;

    /// <summary>The mixture of <see cref="File"/>.</summary>
    /// <exception cref="ConfigurationException">It is not there, or no mixture.</exception>
    internal MixtureFile Found => _read.Of(File);

    /// <summary>Reads the files that the section names, so that one that is missing is told before a run begins.</summary>
    /// <exception cref="ConfigurationException">One is not there, or the mixture is none.</exception>
    internal void RequireFiles()
    {
        if (MixesClusters && IsSearched)
        {
            _ = (Embedding.Identity, Clusters.Identity);
        }
    }

    /// <inheritdoc/>
    public void Validate(string path, ConfigurationErrors errors)
    {
        errors.Require(Components is Sources or Clustered, $"{path}.components", Components, $"'{Sources}' or '{Clustered}'");
        if (!IsSearched)
        {
            return; // whether the file is there shows when the mixture is taken: a trained model is opened without it
        }

        Embedding.Validate($"{path}.embedding", errors);
        Clusters.Validate($"{path}.clusters", errors);
        errors.Require(Search is not null, $"{path}.search", null, "a section with a type, or else name a mixture that was found in 'file'");
        Search?.Validate($"{path}.search", errors);
        Objective.Validate($"{path}.objective", errors);
        Proxy.Validate($"{path}.proxy", errors);
    }
}
