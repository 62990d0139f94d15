using System.Globalization;
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

    internal static ShardManifest Run(RunContext context, CorpusManifest corpus, Tokenizer tokenizer, CancellationToken cancellationToken)
    {
        var config = context.Config.Decomposition;
        context.View.BeginStage(Name, $"cut documents into pieces of {1 << config.MinExponent:N0} to {1 << config.MaxExponent:N0} tokens");
        var tokenizerHash = Convert.ToHexStringLower(tokenizer.Hash);
        var (_, wasSkipped) = StageRecord.Run(
            context.Folder.StagePath(Name),
            StageRecord.HashOf(context.RecordOf(CorpusStage.Name).OutputHash, tokenizerHash),
            StageRecord.HashOf("decompose 2", config.ToSha256(context.Config.Seed)),
            () =>
            {
                var builder = new ShardBuilder(
                    config, context.Config.Seed, tokenizerHash, tokenizer.VocabularySize, [.. context.Config.Corpus.Sources.Select(source => source.Name)]);
                var manifest = builder.Build(
                    context.Folder.StagePath(Name), Tokenized(context, corpus, tokenizer, cancellationToken), replace: true, context.View, cancellationToken);
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

    private static IEnumerable<TokenizedDocument> Tokenized(RunContext context, CorpusManifest corpus, Tokenizer tokenizer, CancellationToken cancellationToken)
    {
        var end = tokenizer.EndOfTextId;
        using var encoders = new ThreadLocal<(TokenEncoder Encoder, TokenBuffer Ids)>(() => (tokenizer.CreateEncoder(), new TokenBuffer()));
        var documents = OrderedParallel.Map(
            CorpusReading.Reader(context).ReadTraining(corpus, context.View, cancellationToken),
            document =>
            {
                var (encoder, ids) = encoders.Value;
                ids.Clear();
                encoder.Encode(document.Text.Span, ids);
                if (end is { } id)
                {
                    ids.Add(id);
                }

                return new TokenizedDocument(new DocumentHash(document.Hash), document.Source, ids.ToArray());
            },
            new OrderedParallelOptions { Workers = context.Threads, Ahead = DocumentsAhead },
            document => $"document {document.Id} of {document.File}",
            cancellationToken);
        foreach (var document in documents)
        {
            yield return document;
        }
    }

    private static string Summary(TokenLedger ledger)
    {
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{ledger.TokensRead:N0} tokens: {ledger.TokensKept:N0} kept in {ledger.Buckets.Sum(bucket => bucket.Pieces):N0} pieces of {LengthStatistics.AverageSequenceLength(ledger.Buckets):F1} on average (context {LengthStatistics.AverageContextLength(ledger.Buckets):F1}), {ledger.TokensRead - ledger.TokensKept:N0} dropped");
    }
}
