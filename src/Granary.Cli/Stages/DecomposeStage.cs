using Granary.Core.Runs;
using Granary.Data.Shards;
using Granary.Data.Tokenization;
using Granary.Pipelines.Corpus;
using Granary.Pipelines.Decomposition;

namespace Granary.Cli.Stages;

/// <summary>Turns the training documents into ids, cuts them and writes the bucket shards.</summary>
internal static class DecomposeStage
{
    internal const string Name = "decompose";
    private const int DocumentsAhead = 256;
    private const long BytesAhead = 32 << 20;
    private const int MostIdsKept = 1 << 20; // a worker's buffer that one huge document made larger is given back

    internal static ShardManifest Run(RunContext context, CorpusManifest corpus, Tokenizer tokenizer, CancellationToken cancellationToken)
    {
        var config = context.Config.Decomposition;
        context.View.BeginStage(Name, $"cut documents into pieces of {1 << config.MinExponent:N0} to {1 << config.MaxExponent:N0} tokens");
        var tokenizerHash = Convert.ToHexStringLower(tokenizer.Hash);
        var inputHash = StageRecord.HashOf(context.RecordOf(CorpusStage.Name).OutputHash, tokenizerHash);
        var (_, wasSkipped) = StageRecord.Run(
            context.Folder.StagePath(Name),
            inputHash,
            StageRecord.HashOf("decompose 2", config.ToSha256(context.Config.Seed), $"{config.TokensPerPart}"),
            () =>
            {
                var builder = new ShardBuilder(
                    config, context.Config.Seed, tokenizerHash, tokenizer.VocabularySize, [.. context.Config.Corpus.Sources.Select(source => source.Name)]);
                var documents = new TokenizedDocuments(inputHash, finished => Tokenized(context, corpus, tokenizer, finished, cancellationToken));
                var manifest = builder.Build(context.Folder.StagePath(Name), documents, replace: true, context.View, cancellationToken);
                return new StageOutput(manifest.ManifestHash, [ShardManifest.FileName]);
            });
        var built = ShardManifest.Load(ManifestPath(context));
        context.View.EndStage(Name, Summary(built.Ledger), wasSkipped);
        return built;
    }

    /// <summary>Where the shards' manifest lies.</summary>
    internal static string ManifestPath(RunContext context)
    {
        return context.PathOf(Name, ShardManifest.FileName);
    }

    private static IEnumerable<TokenizedDocument> Tokenized(RunContext context, CorpusManifest corpus, Tokenizer tokenizer, long finished, CancellationToken cancellationToken)
    {
        if (finished > 0)
        {
            context.View.Say($"going on behind document {finished:N0}");
        }

        var end = tokenizer.EndOfTextId;
        using var encoders = new ThreadLocal<(TokenEncoder Encoder, TokenBuffer Ids)>(() => (tokenizer.CreateEncoder(), new TokenBuffer()));
        var documents = OrderedParallel.Map(
            Behind(CorpusReading.Reader(context).ReadTraining(corpus, context.View, cancellationToken), finished),
            document =>
            {
                var (encoder, ids) = encoders.Value;
                ids.Clear();
                encoder.Encode(document.Text.Span, ids);
                if (end is { } id)
                {
                    ids.Add(id);
                }

                if (ids.Count > MostIdsKept)
                {
                    encoders.Value = (encoder, new TokenBuffer());
                }

                return new TokenizedDocument(new DocumentHash(document.Hash), document.Source, ids.ToArray());
            },
            new OrderedParallelOptions { Workers = context.Threads, Ahead = Math.Max(DocumentsAhead, context.Threads), WeightAhead = BytesAhead },
            document => $"document {document.Id} of {document.File}",
            document => document.Text.Length,
            cancellationToken);
        foreach (var document in documents)
        {
            yield return document;
        }
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
        return $"{ledger.TokensRead:N0} tokens: {ledger.TokensKept:N0} kept in {ledger.Buckets.Sum(bucket => bucket.Pieces):N0} pieces, {ledger.TokensRead - ledger.TokensKept:N0} dropped";
    }
}
