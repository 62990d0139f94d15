using System.Globalization;
using Granary.Cli.Cluster;
using Granary.Core.Runs;
using Granary.Data.Batching;
using Granary.Data.Shards;
using Granary.Data.Tokenization;
using Granary.Pipelines.Climb.Clustering;
using Granary.Pipelines.Corpus;
using Granary.Pipelines.Decomposition;
using Granary.Pipelines.Decomposition.Packing;

namespace Granary.Cli.Stages;

/// <summary>Turns the training documents into ids and writes the shards that the batching takes: pieces of documents, or packed rows.</summary>
internal static class DecomposeStage
{
    internal const string Name = "decompose";
    private const int DocumentsAhead = 256;
    private const long BytesAhead = 32 << 20;

    internal static ShardManifest Run(RunContext context, CorpusManifest corpus, Tokenizer tokenizer, CancellationToken cancellationToken)
    {
        context.View.BeginStage(Name, Purpose(context.Config));
        if (context.Config.Batching is PackedBatchingConfig && context.Config.Decomposition != new DecompositionConfig())
        {
            context.View.Warn("The section 'decomposition' is not used: with this batching.type, rows have batching.row_length tokens.");
        }

        var tokenizerHash = Convert.ToHexStringLower(tokenizer.Hash);
        var corpusHash = context.RecordOf(CorpusStage.Name).OutputHash;
        var inputHash = context.Clusters is { } clusters ? StageRecord.HashOf(corpusHash, tokenizerHash, clusters.Hash) : StageRecord.HashOf(corpusHash, tokenizerHash);
        var (_, wasSkipped) = StageRecord.Run(
            context.Folder.StagePath(Name),
            inputHash,
            StageRecord.HashOf("decompose 2", SettingsSha256(context.Config)),
            () =>
            {
                using var cluster = ClusterConnection.Open(context);
                using var splits = cluster is null ? null : ClusterSplits.Begin(context, cluster, corpus, tokenizer);
                var documents = new TokenizedDocuments(inputHash, finished => splits is null
                    ? Tokenized(context, corpus, tokenizer, finished, cancellationToken)
                    : Behind(splits.Read(cancellationToken), finished).Select(document => Tokenized(context, document, document.Ids)));
                var built = Build(context, documents, tokenizer, cancellationToken);
                splits?.Remove();
                return new StageOutput(built.ManifestHash, [ShardManifest.FileName]);
            });
        var manifest = ShardManifest.Load(ManifestPath(context));
        context.View.EndStage(Name, Summary(manifest.Ledger), wasSkipped);
        return manifest;
    }

    /// <summary>Where the shards' manifest lies.</summary>
    internal static string ManifestPath(RunContext context)
    {
        return context.PathOf(Name, ShardManifest.FileName);
    }

    private static string Purpose(RunConfig config)
    {
        return config.Batching is PackedBatchingConfig packed
            ? $"lay documents into rows of {packed.RowLength:N0} tokens"
            : $"cut documents into pieces of {1 << config.Decomposition.MinExponent:N0} to {1 << config.Decomposition.MaxExponent:N0} tokens";
    }

    private static string SettingsSha256(RunConfig config)
    {
        return config.Batching is PackedBatchingConfig packed
            ? PackedShardBuilder.SettingsSha256(packed, config.Seed)
            : StageRecord.HashOf(config.Decomposition.ToSha256(config.Seed), $"{config.Decomposition.TokensPerPart}");
    }

    private static ShardManifest Build(RunContext context, TokenizedDocuments documents, Tokenizer tokenizer, CancellationToken cancellationToken)
    {
        var (config, folder, hash) = (context.Config, context.Folder.StagePath(Name), Convert.ToHexStringLower(tokenizer.Hash));
        string[] sources = [.. config.Corpus.Sources.Select(source => source.Name)];
        return config.Batching is PackedBatchingConfig packed
            ? new PackedShardBuilder(packed, config.Seed, hash, tokenizer.VocabularySize, tokenizer.EndOfTextId, sources).Build(folder, documents, context.View, cancellationToken)
            : new ShardBuilder(config.Decomposition, config.Seed, hash, tokenizer.VocabularySize, sources).Build(folder, documents, replace: true, context.View, cancellationToken);
    }

    private static IEnumerable<TokenizedDocument> Tokenized(RunContext context, CorpusManifest corpus, Tokenizer tokenizer, long finished, CancellationToken cancellationToken)
    {
        if (finished > 0)
        {
            context.View.Say($"going on behind document {finished:N0}");
        }

        using var encoders = new ThreadLocal<DocumentEncoder>(() => new DocumentEncoder(tokenizer));
        var documents = OrderedParallel.Map(
            Behind(CorpusReading.Reader(context).ReadTraining(corpus, context.View, cancellationToken), finished),
            document => Tokenized(context, document, encoders.Value!.Encode(document.Text)),
            new OrderedParallelOptions { Workers = context.Threads, Ahead = Math.Max(DocumentsAhead, context.Threads), WeightAhead = BytesAhead },
            document => $"document {document.Id} of {document.File}",
            document => document.Text.Length,
            cancellationToken);
        foreach (var document in documents)
        {
            yield return document;
        }
    }

    private static TokenizedDocument Tokenized(RunContext context, Document document, ReadOnlyMemory<int> ids)
    {
        var hash = new DocumentHash(document.Hash);
        return new TokenizedDocument(hash, document.Source, ids, ClusterOf(context.Clusters, hash));
    }

    private static int ClusterOf(ClusterAssignments? clusters, DocumentHash document)
    {
        if (clusters is null)
        {
            return ShardGroup.NoCluster;
        }

        if (!clusters.TryFind(document, out var cluster))
        {
            throw new StageException(Name, $"Document '{document}' has no cluster: the clusters were made of other documents. Remove the folder of the stage 'clusters' and run again.");
        }

        return cluster == ClusterAssignments.Pruned ? ShardGroup.Pruned : cluster;
    }

    private static IEnumerable<Document> Behind(IEnumerable<Document> documents, long finished)
    {
        var read = 0L;
        foreach (var document in documents)
        {
            if (++read > finished)
            {
                yield return document;
            }
        }
    }

    private static string Summary(TokenLedger ledger)
    {
        var rows = ledger.Buckets.Sum(bucket => bucket.Pieces);
        var dropped = ledger.TokensRead - ledger.TokensKept;
        var pruned = ledger.TokensDroppedPruned is { } tokens
            ? string.Create(CultureInfo.InvariantCulture, $", {tokens:N0} of them in {ledger.DocumentsPruned:N0} documents that clustering left out")
            : string.Empty;
        return ledger is { TokensPadding: { } padding, DocumentsSplit: { } split }
            ? string.Create(
                CultureInfo.InvariantCulture,
                $"{ledger.TokensRead:N0} tokens: {ledger.TokensKept:N0} kept in {rows:N0} rows, {dropped:N0} dropped{pruned}; {Share(padding, padding + ledger.TokensKept):P2} of the rows is padding, {Share(split, ledger.Documents):P1} of the documents are cut")
            : string.Create(
                CultureInfo.InvariantCulture,
                $"{ledger.TokensRead:N0} tokens: {ledger.TokensKept:N0} kept in {rows:N0} pieces of {LengthStatistics.AverageSequenceLength(ledger.Buckets):F1} on average (context {LengthStatistics.AverageContextLength(ledger.Buckets):F1}), {dropped:N0} dropped{pruned}");
    }

    private static double Share(long part, long all)
    {
        return all == 0 ? 0 : (double)part / all;
    }
}
