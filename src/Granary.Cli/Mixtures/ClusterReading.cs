using Granary.Cli.Stages;
using Granary.Core.Runs;
using Granary.Data.Shards;
using Granary.Pipelines.Climb.Clustering;
using Granary.Pipelines.Climb.Embedding;
using Granary.Pipelines.Corpus;

namespace Granary.Cli.Mixtures;

/// <summary>Embeds the training documents and clusters them, where the run mixes clusters.</summary>
internal static class ClusterReading
{
    internal const string Name = "clusters";

    /// <summary>Runs the stage, where the run mixes clusters; gives the run with the cluster of each document.</summary>
    internal static RunContext Run(RunContext context, CorpusManifest corpus, CancellationToken cancellationToken)
    {
        if (context.Config.Mix is not { Components: MixConfig.Clustered } mix)
        {
            return context;
        }

        context.View.BeginStage(Name, "embed documents and put those that are alike together");
        var folder = context.Folder.StagePath(Name);
        var corpusHash = context.RecordOf(CorpusStage.Name).OutputHash;
        var (_, wasSkipped) = StageRecord.Run(folder, corpusHash, StageRecord.HashOf("clusters 1", mix.Embedding.Identity, mix.Clusters.Identity, $"{mix.Seed}"), () =>
        {
            var documents = new MixDocuments(corpusHash, [.. context.Config.Corpus.Sources.Select(source => source.Name)], () => Read(context, corpus, cancellationToken));
            var made = new ClusterStage(mix.Embedding, mix.Clusters, mix.Seed, context.Threads).Run(folder, documents, context.View, cancellationToken);
            return new StageOutput(made.Assignments.Hash, [ClusterAssignments.FileName]);
        });
        var result = new ClusterResult(ClusterReport.Load(Path.Combine(folder, ClusterReport.FileName)), ClusterAssignments.Load(Path.Combine(folder, ClusterAssignments.FileName)));
        context.View.EndStage(Name, $"{result.Report.Clusters.Count:N0} clusters of {result.Report.Documents:N0} documents", wasSkipped);
        return context with { Clusters = result.Assignments };
    }

    private static IEnumerable<MixDocument> Read(RunContext context, CorpusManifest corpus, CancellationToken cancellationToken)
    {
        return CorpusReading.Reader(context)
            .ReadTraining(corpus, cancellationToken: cancellationToken)
            .Select(document => new MixDocument(new DocumentHash(document.Hash), document.Source, document.Text));
    }
}
