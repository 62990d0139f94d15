using Granary.Core.Configuration;
using Granary.Core.Randomness;
using Granary.Data.Shards;

namespace Granary.Data.Batching;

/// <summary>
/// What a configuration means for a set: the groups it weighs, each one's share of the tokens in each phase, and how
/// often its rows may be used.
/// </summary>
/// <remarks>
/// Without weights a bucket is one group and gives what the mixture takes of it in all passes. With weights the share
/// of a group is its amount of tokens times a factor of its source, one of its cluster and one of its length, such that
/// each of the three has the share asked for; see <see cref="Raking"/>.
/// </remarks>
internal sealed class MixtureLaw
{
    private const double WorthSaying = 0.01; // of a share that cannot be had

    private readonly ShardManifest _manifest;
    private readonly BatchingConfig _config;
    private readonly DatasetDecompositionConfig _sampling;
    private readonly List<string> _warnings = [];
    private readonly RunScale? _scale;

    /// <summary>
    /// Works the law out. <paramref name="groupWeights"/>, where given, is each group's share of the tokens itself, in
    /// any unit, and takes the place of all other weights; with a scale, <paramref name="key"/> draws the rows that may be used.
    /// </summary>
    /// <exception cref="ConfigurationException">The configuration does not fit the set.</exception>
    public MixtureLaw(ShardManifest manifest, BatchingConfig config, Func<MixtureGroup, double>? groupWeights = null, RunScale? scale = null, RandomKey key = default)
    {
        _scale = scale;
        _manifest = manifest;
        _config = config;
        _sampling = config.ToSampling();
        var phases = config.Phases.Count > 0 ? config.Phases : [new MixturePhaseConfig()];
        var areSourcesWeighed = groupWeights is not null || scale is not null || config.MaxEpochsBySource.Count > 0
            || config.SourceWeights.Count + config.ClusterWeights.Count + phases.Sum(phase => phase.SourceWeights.Count + phase.ClusterWeights.Count) > 0;
        IsWeighted = areSourcesWeighed || config.MaxEpochs > 0 || phases.Any(phase => phase.Mixture.Length > 0);
        Groups = areSourcesWeighed ? GroupsOfSources() : MixtureGroup.WholeBuckets(manifest.Buckets);
        if (scale is { RowShare: < 1 })
        {
            KeepPart(scale.RowShare, key.Use("part"));
        }

        var errors = new ConfigurationErrors();
        foreach (var (source, epochs) in config.MaxEpochsBySource)
        {
            errors.Require(manifest.Sources.Any(known => known.Name == source), $"batching.max_epochs_by_source.{source}", epochs, $"for one of the set's sources ({string.Join(", ", manifest.Sources.Select(known => $"'{known.Name}'"))})");
        }

        Phases = [.. phases.Select((phase, i) => PhaseOf(phase, config.Phases.Count > 0 ? $"batching.phases.{i}" : "batching", groupWeights, errors))];
        errors.ThrowIfAny("batching");
        RowsOfRun = CountRows();
        Limits = IsWeighted ? [.. Groups.Select(LimitOf)] : RowsOfRun;
    }

    /// <summary>Steps of the run, where they do not follow from its rows.</summary>
    public long? Steps => _scale?.Steps;

    /// <summary>Whether groups go by shares and limits, and not each row once a pass.</summary>
    public bool IsWeighted { get; }

    /// <summary>The groups, bucket by bucket.</summary>
    public IReadOnlyList<MixtureGroup> Groups { get; }

    /// <summary>The phases; at least one.</summary>
    public IReadOnlyList<Phase> Phases { get; }

    /// <summary>Rows of each bucket in all passes before weights move them between groups; the run has as many steps as these fill.</summary>
    public long[] RowsOfRun { get; }

    /// <summary>Rows each group may give in the run, repeats counted.</summary>
    public long[] Limits { get; }

    /// <summary>What could not be as asked for, a sentence each.</summary>
    public IReadOnlyList<string> Warnings => _warnings;

    /// <summary>The rows of a group that make up one pass of its queue.</summary>
    public long RowsPerPass(int group)
    {
        return IsWeighted ? Groups[group].Rows : RowsOfRun[group] / _config.Passes;
    }

    /// <summary>The name of a group's source; null for a whole bucket.</summary>
    public string? NameOfSource(MixtureGroup group)
    {
        return group.IsWholeBucket ? null : _manifest.Sources[group.Source].Name;
    }

    // A run whose number of steps is given repeats rows as often as that takes: all steps from one group are the most.
    private long LimitOf(MixtureGroup group)
    {
        return _scale is { } scale ? scale.Steps * (_config.TokensPerStep >> group.Exponent) : group.Rows * _config.MaxEpochsOf(NameOfSource(group));
    }

    private void KeepPart(double share, RandomKey key)
    {
        foreach (var group in Groups)
        {
            group.Keep(share, key.Fold(group.Exponent).Fold(group.Source).Fold(group.Cluster));
        }
    }

    private IReadOnlyList<MixtureGroup> GroupsOfSources()
    {
        return MixtureGroup.OfSources(_manifest.Buckets)
            ?? throw new ConfigurationException("batching", ["The shard set does not say which rows come from which source, so 'batching' may have no weights and limits by source or cluster. Build the shards again with this program."]);
    }

    private Phase PhaseOf(MixturePhaseConfig phase, string path, Func<MixtureGroup, double>? groupWeights, ConfigurationErrors errors)
    {
        var sampling = phase.Over(_sampling);
        var faults = errors.Errors.Count;
        Mixtures.Fit(sampling, _manifest.Buckets, path, errors);
        var sources = SourceMargin(phase, path, errors);
        var clusters = ClusterMargin(phase, path, errors);
        if (errors.Errors.Count > faults)
        {
            return new Phase(phase, sampling, []);
        }

        var margins = new List<Margin?> { sources, clusters };
        if (Mixtures.SharesOf(sampling, _manifest.Buckets) is { } lengths)
        {
            margins.Add(new Margin([.. Groups.Select(group => group.Bucket)], lengths));
        }

        var shares = groupWeights is null
            ? Raking.Rake([.. Groups.Select(group => (double)group.AllTokens)], [.. margins.OfType<Margin>()])
            : Raking.Rake([.. Groups.Select(groupWeights)], []);
        errors.Require(shares.Sum() > 0, path, "a mixture of nothing", "a mixture in which something with rows has a weight");
        WarnOfShares(sources, shares, path);
        return new Phase(phase, sampling, shares);
    }

    private Margin? SourceMargin(MixturePhaseConfig phase, string path, ConfigurationErrors errors)
    {
        var (weights, at) = phase.SourceWeights.Count > 0 ? (phase.SourceWeights, path) : (_config.SourceWeights, "batching");
        return weights.Count == 0 ? null : Resolve(weights, [.. _manifest.Sources.Select(source => source.Name)], group => NameOfSource(group)!, $"{at}.source_weights", errors);
    }

    private Margin? ClusterMargin(MixturePhaseConfig phase, string path, ConfigurationErrors errors)
    {
        var (weights, at) = phase.ClusterWeights.Count > 0 ? (phase.ClusterWeights, path) : (_config.ClusterWeights, "batching");
        var names = Groups.Select(group => group.Cluster).Distinct().Order().Select(MixtureWeights.ClusterName).ToList();
        return weights.Count == 0 ? null : Resolve(weights, names, group => MixtureWeights.ClusterName(group.Cluster), $"{at}.cluster_weights", errors);
    }

    private Margin Resolve(IReadOnlyDictionary<string, double> weights, List<string> names, Func<MixtureGroup, string> nameOf, string path, ConfigurationErrors errors)
    {
        var namesOfGroups = Groups.Select(nameOf).ToList();
        return new Margin([.. namesOfGroups.Select(name => names.IndexOf(name))], MixtureWeights.Resolve(weights, names, [.. namesOfGroups.Distinct()], path, errors));
    }

    private void WarnOfShares(Margin? sources, double[] shares, string path)
    {
        for (var i = 0; i < (sources?.Weights.Count ?? 0); i++)
        {
            var wanted = sources!.Weights[i] / sources.Weights.Sum();
            var had = shares.Where((_, group) => sources.Classes[group] == i).Sum();
            if (had < wanted * (1 - WorthSaying))
            {
                _warnings.Add(FormattableString.Invariant(
                    $"'{path}.source_weights': source '{_manifest.Sources[i].Name}' gets {had:P1} of the tokens instead of {wanted:P1}, because it has too few rows, or none, of the lengths that the mixture takes."));
            }
        }
    }

    // A pass has as many tokens as the mixture of lengths takes of all groups that have a weight at any time.
    private long[] CountRows()
    {
        var rows = new long[_manifest.Buckets.Count];
        for (var i = 0; i < Groups.Count; i++)
        {
            var isUsed = !IsWeighted || Phases.Any(phase => phase.Shares[i] > 0);
            rows[Groups[i].Bucket] += isUsed ? Groups[i].Rows : 0;
        }

        return Array.ConvertAll(Mixtures.RowsPerPass(_sampling, _manifest.Buckets, rows), count => count * _config.Passes);
    }

    /// <summary>A phase: what its file says, its law of lengths, and each group's share of its tokens, 1 in sum.</summary>
    public sealed record Phase(MixturePhaseConfig Config, DatasetDecompositionConfig Sampling, double[] Shares);
}
