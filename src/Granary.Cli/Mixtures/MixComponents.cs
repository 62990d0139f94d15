using System.Globalization;
using Granary.Cli.Stages;
using Granary.Data.Batching;
using Granary.Data.Shards;
using Granary.Pipelines.Climb.Clustering;
using Granary.Pipelines.Climb.Mixtures;

namespace Granary.Cli.Mixtures;

/// <summary>What of a shard set is mixed, by name: its sources or its clusters, those that have rows.</summary>
internal sealed class MixComponents
{
    private const string Unclustered = "none"; // what batching.cluster_weights call rows of no cluster

    private readonly IReadOnlyDictionary<string, string> _names; // of components, by what batching calls them
    private readonly bool _areClusters;
    private readonly bool _hasUnclustered;

    private MixComponents(IReadOnlyDictionary<string, string> names, IReadOnlyDictionary<string, long> tokens, bool areClusters)
    {
        _names = names;
        _areClusters = areClusters;
        _hasUnclustered = areClusters && tokens.ContainsKey(Unclustered);
        var known = names.Keys.Where(tokens.ContainsKey).ToList();
        var all = known.Sum(name => (double)tokens[name]);
        All = [.. known.Select(name => new MixtureComponent { Name = names[name], Tokens = tokens[name], Prior = tokens[name] / all })];
    }

    /// <summary>The number that shards hold of each cluster, by name; empty for sources.</summary>
    public IReadOnlyDictionary<string, int> Numbers => _areClusters ? _names.ToDictionary(name => name.Value, name => int.Parse(name.Key, CultureInfo.InvariantCulture)) : [];

    /// <summary>The components, sources in the corpus' order and clusters by number.</summary>
    public IReadOnlyList<MixtureComponent> All { get; }

    /// <summary>The sources of a set that have rows.</summary>
    public static MixComponents OfSources(ShardManifest manifest)
    {
        var names = manifest.Sources.Select(source => source.Name).ToList();
        return new MixComponents(names.ToDictionary(name => name), Tokens(manifest, group => names[group.Source]), areClusters: false);
    }

    /// <summary>The clusters of a set that have rows; rows of no cluster are left out of every mixture.</summary>
    public static MixComponents OfClusters(ShardManifest manifest, IReadOnlyList<ClusterCard> clusters)
    {
        var names = clusters.OrderBy(card => card.Number).ToDictionary(card => NumberOf(card.Number), card => card.Name);
        return new MixComponents(names, Tokens(manifest, group => NumberOf(group.Cluster)), areClusters: true);
    }

    /// <summary>The batching with the components' weights in the place of all others.</summary>
    /// <exception cref="StageException">A component has no weight, or a weight no component.</exception>
    public BatchingConfig Weigh(BatchingConfig batching, IReadOnlyDictionary<string, double> weights)
    {
        Require(weights);
        var named = _names.Where(name => weights.ContainsKey(name.Value)).ToDictionary(name => name.Key, name => weights[name.Value]);
        if (_hasUnclustered)
        {
            named[Unclustered] = 0;
        }

        var (sources, clusters) = _areClusters ? ([], named) : (named, new Dictionary<string, double>());
        return batching with { SourceWeights = sources, ClusterWeights = clusters };
    }

    /// <summary>The component that rows belong to; null where they belong to none.</summary>
    public string? NameOf(GroupUse use)
    {
        return _names.GetValueOrDefault(_areClusters ? NumberOf(use.Cluster) : use.Source ?? string.Empty);
    }

    // Text without a weight, or a weight without text, would make another mixture than the one that was found.
    private void Require(IReadOnlyDictionary<string, double> weights)
    {
        var strangers = weights.Where(weight => weight.Value > 0).Select(weight => weight.Key).Except(_names.Values).ToList();
        var missing = All.Select(component => component.Name).Except(weights.Keys).ToList();
        if (strangers.Count + missing.Count > 0)
        {
            var faults = string.Concat(
                strangers.Count == 0 ? string.Empty : $"The mixture has a weight for '{string.Join("', '", strangers)}', of which the run has nothing. ",
                missing.Count == 0 ? string.Empty : $"The mixture has no weight for '{string.Join("', '", missing)}', of which the run has text. ");
            throw new StageException(MixStage.Name, $"{faults}Take a mixture of the same {(_areClusters ? MixConfig.Clustered : MixConfig.Sources)}, or search anew.");
        }
    }

    private static string NumberOf(int cluster)
    {
        return cluster == ShardGroup.NoCluster ? Unclustered : cluster.ToString(CultureInfo.InvariantCulture);
    }

    private static Dictionary<string, long> Tokens(ShardManifest manifest, Func<ShardGroup, string> nameOf)
    {
        return manifest.Buckets
            .SelectMany(bucket => (bucket.Groups ?? []).Select(group => (Name: nameOf(group), Tokens: group.Rows << bucket.Exponent)))
            .GroupBy(entry => entry.Name)
            .ToDictionary(entries => entries.Key, entries => entries.Sum(entry => entry.Tokens));
    }
}
