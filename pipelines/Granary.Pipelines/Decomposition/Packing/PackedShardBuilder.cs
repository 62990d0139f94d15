using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Granary.Core;
using Granary.Core.Configuration;
using Granary.Core.Progress;
using Granary.Core.Randomness;
using Granary.Data.Batching;
using Granary.Data.Shards;

namespace Granary.Pipelines.Decomposition.Packing;

/// <summary>
/// Lays tokenised documents into rows of one length and writes them to shards, the rows of a source in a row. The bytes
/// depend on nothing but the documents, the settings and the seed; the manifest appears last, so a build that was
/// killed left nothing visible and is run again from its beginning.
/// </summary>
/// <remarks>
/// Memory is bounded by what is in hand at once: 64 Mi tokens (256 MiB) in at most 64 Ki documents to shuffle, or 1 Mi
/// documents to pack by best fit. One builder at a time may use a folder.
/// </remarks>
public sealed class PackedShardBuilder
{
    private const int MostDocumentsToShuffle = 1 << 16;
    private const int MostDocumentsToFit = 1 << 20;
    private const long MostTokens = 1 << 26;

    private readonly PackedBatchingConfig _config;
    private readonly long _seed;
    private readonly int _paddingId;
    private readonly ShardIdentity _identity;
    private readonly IReadOnlyList<string> _sources;

    /// <summary>Creates a builder for documents of the given sources, tokenised with the given tokenizer; padding is its end of text, or id 0 where it has none.</summary>
    /// <exception cref="ConfigurationException">A value of the configuration cannot be used.</exception>
    public PackedShardBuilder(PackedBatchingConfig config, long seed, string tokenizerSha256, int vocabularySize, int? endOfTextId, IReadOnlyList<string> sources)
    {
        var errors = new ConfigurationErrors();
        config.Validate("batching", errors);
        errors.ThrowIfAny("batching");

        _config = config;
        _seed = seed;
        _paddingId = endOfTextId ?? 0;
        _sources = sources;
        MostDocumentsInHand = config.Packing == RowPacking.Stream ? MostDocumentsToShuffle : MostDocumentsToFit;
        _identity = new ShardIdentity
        {
            VocabularySize = vocabularySize,
            TokenizerSha256 = tokenizerSha256,
            ConfigSha256 = SettingsSha256(config, seed),
            IsPacked = true,
        };
    }

    /// <summary>Rows in a full shard at most; tests lower it to see many shards.</summary>
    internal int RowsPerShard { get; init; } = ShardFolder.MostRowsPerShard;

    /// <summary>Documents held at once at most; tests lower it.</summary>
    internal int MostDocumentsInHand { get; init; }

    /// <summary>
    /// SHA-256 of everything that decides how documents come to lie in rows, as hexadecimal digits: methods that differ in
    /// their masks only have the same rows. The seed counts only where documents are shuffled.
    /// </summary>
    public static string SettingsSha256(PackedBatchingConfig config, long seed)
    {
        var text = config.Packing == RowPacking.Stream
            ? string.Create(CultureInfo.InvariantCulture, $"packing=stream row_length={config.RowLength} documents={MostDocumentsToShuffle} tokens={MostTokens} seed={seed}")
            : string.Create(CultureInfo.InvariantCulture, $"packing=best-fit row_length={config.RowLength} documents={MostDocumentsToFit} tokens={MostTokens}");
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
    }

    /// <summary>
    /// Builds a shard set in a folder and publishes its manifest; one that is there already is kept until then and removed.
    /// Documents come source by source.
    /// </summary>
    /// <exception cref="CorpusException">A document cannot be used, or its source was at its end before.</exception>
    public ShardManifest Build(string folder, IEnumerable<TokenizedDocument> documents, IProgress<ProgressUpdate>? progress = null, CancellationToken cancellationToken = default)
    {
        // (1) Nothing of a killed build is of use: its rows are packed again, to the same bytes.
        var manifestPath = Path.Combine(folder, ShardManifest.FileName);
        ShardFolder.RemoveAllBut(folder, ShardFolder.FindFinished(manifestPath) is { } old ? [old] : []);

        // (2) One packer a source, one after the other.
        var ledger = new PackedLedger(_sources);
        using var rows = new PackedRowWriter(folder, _config.RowExponent, _identity, ledger) { RowsPerShard = RowsPerShard };
        Pack(documents, rows, ledger, progress, cancellationToken);

        // (3) The manifest makes the set exist; only then may files of an older build go.
        var buckets = rows.Complete();
        var manifest = new ShardManifest
        {
            Identity = _identity,
            Sources = ledger.ToSources(),
            Ledger = ledger.ToTokenLedger(_config.RowExponent),
            Buckets = buckets,
        }.Seal();
        Directory.CreateDirectory(folder);
        manifest.Publish(manifestPath);
        ShardFolder.RemoveAllBut(folder, manifest);
        progress?.Report(new ProgressUpdate("writing shards", ledger.TokensRead, ledger.TokensRead, "tokens"));
        return manifest;
    }

    private void Pack(IEnumerable<TokenizedDocument> documents, PackedRowWriter rows, PackedLedger ledger, IProgress<ProgressUpdate>? progress, CancellationToken cancellationToken)
    {
        var isBegun = new bool[_sources.Count];
        IRowPacker? packer = null;
        var (source, count) = (-1, 0L);
        foreach (var document in documents)
        {
            if (document.SourceIndex != source)
            {
                packer?.Finish();
                packer = Begin(document, isBegun, rows);
                source = document.SourceIndex;
            }

            ledger.Read(document);
            packer!.Add(document);
            if (++count % ShardFolder.DocumentsPerReport == 0)
            {
                cancellationToken.ThrowIfCancellationRequested();
                progress?.Report(new ProgressUpdate("writing shards", ledger.TokensRead, 0, "tokens"));
            }
        }

        packer?.Finish();
    }

    private IRowPacker Begin(TokenizedDocument document, bool[] isBegun, PackedRowWriter rows)
    {
        var source = document.SourceIndex;
        if ((uint)source >= (uint)isBegun.Length)
        {
            throw new CorpusException($"document {document.Hash}", $"its source is '{source}' but must be 0 to {isBegun.Length - 1}. Give the builder all sources.");
        }

        if (isBegun[source])
        {
            throw new CorpusException($"document {document.Hash}", $"its source '{_sources[source]}' was at its end before a document of another source. Give the documents source by source, so that the rows of each lie together.");
        }

        isBegun[source] = true;
        return _config.Packing == RowPacking.Stream
            ? new StreamPacker(new DocumentShuffle(RandomKey.FromSeed(_seed).Use("packing/shuffle").Fold(source), MostDocumentsInHand, MostTokens), rows)
            : new BestFitPacker(MostDocumentsInHand, MostTokens, _paddingId, rows);
    }
}
