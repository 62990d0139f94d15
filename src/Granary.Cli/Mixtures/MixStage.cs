using System.Globalization;
using Granary.Cli.Cluster;
using Granary.Cli.Jobs;
using Granary.Cli.Mixtures.Trials;
using Granary.Cli.Stages;
using Granary.Core.Configuration;
using Granary.Core.Jobs;
using Granary.Core.Runs;
using Granary.Data.Shards;
using Granary.Data.Tokenization;
using Granary.Pipelines.Climb.Clustering;
using Granary.Pipelines.Corpus;

namespace Granary.Cli.Mixtures;

/// <summary>Finds the mixture that the run trains on, or takes one that was found, and lays it over the run's batching.</summary>
internal static class MixStage
{
    internal const string Name = "mix";

    /// <summary>The file of the documents that proxies are measured on.</summary>
    internal const string DocumentsName = "documents.jsonl";

    private const string ProxiesName = "proxies";

    /// <summary>Runs the stage, where the run has one; gives the run as it is trained.</summary>
    internal static RunContext Run(RunContext context, Tokenizer tokenizer, ShardManifest manifest, CancellationToken cancellationToken)
    {
        if (context.Config.Mix is not { } mix)
        {
            return context;
        }

        if (!mix.IsSearched)
        {
            context.View.Say($"the mixture is that of {mix.File}");
            return Prepared(context, manifest);
        }

        context.View.BeginStage(Name, $"try mixtures of {mix.Components} by {ConfigVariants.NameOf(mix.Search!)}, on small models");
        var folder = context.Folder.StagePath(Name);
        var input = StageRecord.HashOf(context.RecordOf(CorpusStage.Name).OutputHash, manifest.ManifestHash);
        var settings = StageRecord.HashOf("mix 1", ConfigurationFile.Write(mix), $"{ProxyInputs.TargetTokensOf(context.Config, manifest)}");
        var (_, wasSkipped) = StageRecord.Run(folder, input, settings, () => Search(context, tokenizer, manifest, cancellationToken));
        var found = MixtureFile.Load(Path.Combine(folder, MixtureFile.FileName));
        context.View.EndStage(Name, Summary(found), wasSkipped);
        foreach (var warning in found.Warnings)
        {
            context.View.Warn(warning);
        }

        return Prepared(context, manifest);
    }

    /// <summary>The run with the mixture that was found in the place of the weights of its batching.</summary>
    internal static RunContext Prepared(RunContext context, ShardManifest manifest)
    {
        if (context.Config.Mix is not { } mix)
        {
            return context;
        }

        var found = mix.IsSearched ? MixtureFile.Load(context.PathOf(Name, MixtureFile.FileName)) : mix.Found;
        return context with { Batching = MixedBatching.Of(context.Config, manifest, ComponentsOf(context.Config, context.Folder, manifest), found.Weights) };
    }

    /// <summary>What a run mixes, by its finished stages.</summary>
    internal static MixComponents ComponentsOf(RunConfig config, RunFolder folder, ShardManifest manifest)
    {
        return config.Mix!.MixesClusters
            ? MixComponents.OfClusters(manifest, ClusterReport.Load(Path.Combine(folder.StagePath(ClusterReading.Name), ClusterReport.FileName)).Clusters)
            : MixComponents.OfSources(manifest);
    }

    /// <summary>Where a run's proxies lie.</summary>
    internal static ProxyStore StoreOf(RunConfig config, RunFolder folder)
    {
        var store = config.Mix!.Proxy.Store;
        return new ProxyStore(Path.GetFullPath(store.Length > 0 ? store : Path.Combine(folder.StagePath(Name), ProxiesName)));
    }

    private static StageOutput Search(RunContext context, Tokenizer tokenizer, ShardManifest manifest, CancellationToken cancellationToken)
    {
        var components = ComponentsOf(context.Config, context.Folder, manifest);
        var documents = SearchDocuments.Keep(context);
        var inputs = new ProxyInputs(context.Config, context.Folder, manifest, tokenizer, components, documents);
        using var cluster = ClusterConnection.Open(context);
        using var remote = cluster?.Launcher(Name);
        using var local = cluster is null ? new LocalLauncher(context.Config.Mix!.Proxy.PlacesOf(context.Threads)) : null;
        using var events = EventLog.Open(context.Folder.EventsPath, context.Time);
        var search = new MixtureSearching(context, inputs, remote ?? (IJobLauncher)local!, events);

        // No await of the stage's own: whoever waits here has nothing else to do.
        var found = search.RunAsync(cancellationToken).GetAwaiter().GetResult();
        var hash = found.Publish(context.PathOf(Name, MixtureFile.FileName));
        return new StageOutput(hash, [MixtureFile.FileName]);
    }

    private static string Summary(MixtureFile found)
    {
        var parts = found.Weights.Where(weight => weight.Value > 0).OrderByDescending(weight => weight.Value).Take(6).Select(weight => string.Create(CultureInfo.InvariantCulture, $"{weight.Key} {weight.Value:P1}"));
        var more = found.Weights.Count(weight => weight.Value > 0) - 6;
        return $"{string.Join(", ", parts)}{(more > 0 ? $" and {more} more" : string.Empty)} ({found.Method}, {found.Rule})";
    }
}
