using Granary.Cli.Stages;
using Granary.Core.Configuration;
using Granary.Core.Runs;
using Granary.Data.Shards;
using Granary.Pipelines.Climb.Clustering;
using Granary.Pipelines.Climb.Embedding;
using Granary.Pipelines.Corpus;

namespace Granary.Cli.Mixtures;

/// <summary>Says which cluster each training document belongs to, where the run mixes clusters: its own, or those of the mixture it takes.</summary>
internal static class ClusterReading
{
    internal const string Name = "clusters";

    private const int DocumentsAtOnce = 1_024;

    /// <summary>Runs the stage, where the run mixes clusters; gives the run with the cluster of each document.</summary>
    internal static RunContext Run(RunContext context, CorpusManifest corpus, CancellationToken cancellationToken)
    {
        if (context.Config.Mix is not { MixesClusters: true } mix)
        {
            return context;
        }

        context.View.BeginStage(Name, mix.IsSearched ? "embed documents and put those that are alike together" : $"find each document's cluster among those of {mix.File}");
        var folder = context.Folder.StagePath(Name);
        var corpusHash = context.RecordOf(CorpusStage.Name).OutputHash;
        var settings = mix.IsSearched
            ? StageRecord.HashOf("clusters 1", mix.Embedding.Identity, mix.Clusters.Identity, $"{context.Config.Seed}")
            : StageRecord.HashOf("clusters of another run 1", File.ReadAllText(mix.File));
        var reportPath = Path.Combine(folder, ClusterReport.FileName);
        if (Directory.Exists(folder) && !File.Exists(reportPath))
        {
            StageRecord.Forget(folder);
        }

        var (_, wasSkipped) = StageRecord.Run(folder, corpusHash, settings, () =>
        {
            var assignments = mix.IsSearched ? Cluster(context, corpus, corpusHash, cancellationToken) : Assign(context, corpus, cancellationToken);
            string[] files = [ClusterAssignments.FileName];
            return new StageOutput(assignments.Hash, mix.IsSearched ? [.. files, ClusterModel.FileInStage] : files);
        });
        var report = ClusterReport.Load(reportPath);
        context.View.EndStage(Name, $"{report.Clusters.Count:N0} clusters of {report.Documents:N0} documents", wasSkipped);
        return context with { Clusters = ClusterAssignments.Load(Path.Combine(folder, ClusterAssignments.FileName)) };
    }

    private static ClusterAssignments Cluster(RunContext context, CorpusManifest corpus, string corpusHash, CancellationToken cancellationToken)
    {
        var mix = context.Config.Mix!;
        var documents = new MixDocuments(corpusHash, [.. context.Config.Corpus.Sources.Select(source => source.Name)], () => Read(context, corpus, cancellationToken));
        return new ClusterStage(mix.Embedding, mix.Clusters, context.Config.Seed, context.Threads).Run(context.Folder.StagePath(Name), documents, context.View, cancellationToken).Assignments;
    }

    // The clusters stay as the search found them, names and all; only whose each document is, is found anew.
    private static ClusterAssignments Assign(RunContext context, CorpusManifest corpus, CancellationToken cancellationToken)
    {
        var (file, found) = (context.Config.Mix!.File, context.Config.Mix.Found);
        var theirs = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(file))!, found.Clusters);
        var embedding = found.Embedding ?? throw new ConfigurationException(file, ["The mixture is one of clusters but does not say how documents were embedded. Restore the file as the search wrote it."]);
        using var model = ClusterModel.Load(theirs, embedding, context.Threads);
        var assigned = Read(context, corpus, cancellationToken)
            .Chunk(DocumentsAtOnce)
            .SelectMany(documents => documents.Select(document => document.Hash).Zip(model.Assign([.. documents.Select(document => document.Text)], cancellationToken)));
        var assignments = ClusterAssignments.Of(assigned, found.Numbers.Values.Max() + 1);
        var folder = context.Folder.StagePath(Name);
        var report = ClusterReport.Load(Path.Combine(theirs, ClusterReport.FileName)) with { Documents = assignments.Count };
        report.Save(Path.Combine(folder, ClusterReport.FileName));
        assignments.Save(Path.Combine(folder, ClusterAssignments.FileName));
        return assignments;
    }

    private static IEnumerable<MixDocument> Read(RunContext context, CorpusManifest corpus, CancellationToken cancellationToken)
    {
        return CorpusReading.Reader(context)
            .ReadTraining(corpus, cancellationToken: cancellationToken)
            .Select(document => new MixDocument(new DocumentHash(document.Hash), document.Source, document.Text, document.Scores));
    }
}
