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
/// killed left nothing visible, and the same build run again goes on behind its last finished window.
/// </summary>
/// <remarks>
/// Documents are shuffled, or packed by best fit, a window at a time: 64 Mi tokens (256 MiB) in at most 64 Ki documents to
/// shuffle, or 1 Mi documents to pack. Nothing is carried from one window to the next, so the shards of a window are a part
/// that the journal can hold; what fills no row at a window's end is dropped and counted. One builder at a time may use a folder.
/// </remarks>
public sealed class PackedShardBuilder
{
    private const int MostDocumentsToShuffle = 1 << 16;
    private const int MostDocumentsToFit = 1 << 20;
    private const long MostTokens = 1 << 26;

    private readonly PackedBatchingConfig _config;
    private readonly long _seed;
    private readonly int _paddingId;
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
        Identity = new ShardIdentity
        {
            VocabularySize = vocabularySize,
            TokenizerSha256 = tokenizerSha256,
            ConfigSha256 = SettingsSha256(config, seed),
            IsPacked = true,
        };
    }

    /// <summary>Rows in a full shard at most; tests lower it to see many shards.</summary>
    internal int RowsPerShard { get; init; } = ShardFolder.MostRowsPerShard;

    /// <summary>Documents of a window at most; tests lower it.</summary>
    internal int MostDocumentsInHand { get; init; }

    /// <summary>What the shards share.</summary>
    internal ShardIdentity Identity { get; }

    /// <summary>The sources, by their index.</summary>
    internal IReadOnlyList<string> Sources => _sources;

    /// <summary>The power of two that a row's length is.</summary>
    internal int RowExponent => _config.RowExponent;

    /// <summary>Is told each moment at which a process may die with something new on disk; for tests.</summary>
    internal Action<string> Reached { get; init; } = static _ => { };

    /// <summary>
    /// SHA-256 of everything that decides how documents come to lie in rows, as hexadecimal digits: methods that differ in
    /// their masks only have the same rows. The seed counts only where documents are shuffled.
    /// </summary>
    public static string SettingsSha256(PackedBatchingConfig config, long seed)
    {
        var text = config.Packing == RowPacking.Stream
            ? string.Create(CultureInfo.InvariantCulture, $"packing=stream row_length={config.RowLength} window_documents={MostDocumentsToShuffle} window_tokens={MostTokens} seed={seed}")
            : string.Create(CultureInfo.InvariantCulture, $"packing=best-fit row_length={config.RowLength} window_documents={MostDocumentsToFit} window_tokens={MostTokens}");
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
    }

    /// <summary>
    /// Builds a shard set in a folder and publishes its manifest; one that is there already is kept until then and removed.
    /// Documents come source by source.
    /// </summary>
    /// <exception cref="CorpusException">A document cannot be used, or its source was at its end before.</exception>
    public ShardManifest Build(string folder, TokenizedDocuments documents, IProgress<ProgressUpdate>? progress = null, CancellationToken cancellationToken = default)
    {
        // (1) The windows a killed build has finished are kept; what it had begun is of no use, its rows are packed again.
        Directory.CreateDirectory(folder);
        var manifestPath = Path.Combine(folder, ShardManifest.FileName);
        using var journal = ShardJournal.Open(folder, HashOf(documents));
        ShardFolder.RemoveAllBut(folder, ShardFolder.FindFinished(manifestPath) is { } old ? [.. journal.Parts, old] : journal.Parts);

        // (2) One window after the other; of each, one packer a source.
        var isBegun = _sources.Select((_, source) => journal.Parts.Any(part => part.Sources[source].Documents > 0)).ToArray();
        var (source, count, tokens) = (-1, 0L, journal.Parts.Sum(part => part.Ledger.TokensRead));
        var window = new PackedWindow(this, folder, journal.Parts.Count);
        try
        {
            foreach (var document in documents.Behind(journal.Parts.Sum(part => part.Ledger.Documents)))
            {
                // The window before may have ended within the source that the first document goes on with.
                Check(document, goesOn: document.SourceIndex == source || count == 0, isBegun);
                source = document.SourceIndex;
                window.Add(document);
                tokens += document.Ids.Length;
                if (window.Documents >= MostDocumentsInHand || window.TokensRead >= MostTokens)
                {
                    journal.Append(window.Finish());
                    Reached("window finished");
                    window = new PackedWindow(this, folder, journal.Parts.Count);
                }

                if (++count % ShardFolder.DocumentsPerReport == 0)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    progress?.Report(new ProgressUpdate("writing shards", tokens, 0, "tokens"));
                }
            }

            // (3) The manifest makes the set exist.
            var manifest = ShardFolder.Publish(folder, journal, window.Finish(), Reached);
            progress?.Report(new ProgressUpdate("writing shards", tokens, tokens, "tokens"));
            return manifest;
        }
        finally
        {
            window.Dispose();
        }
    }

    /// <summary>The hash of everything that decides the bytes of the windows.</summary>
    internal string HashOf(TokenizedDocuments documents)
    {
        var text = string.Create(
            CultureInfo.InvariantCulture,
            $"packed documents={documents.Hash} tokenizer={Identity.TokenizerSha256} vocabulary={Identity.VocabularySize} config={Identity.ConfigSha256} padding={_paddingId} rows={RowsPerShard} window={MostDocumentsInHand} sources={string.Join('\n', _sources)}");
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
    }

    /// <summary>What lays documents of a source and cluster into the rows of a window.</summary>
    internal IRowPacker CreatePacker(int source, int cluster, int window, PackedRowWriter rows)
    {
        if (_config.Packing == RowPacking.BestFit)
        {
            return new BestFitPacker(_paddingId, rows);
        }

        var key = RandomKey.FromSeed(_seed).Use("packing/shuffle").Fold(source).Fold(window);
        return new StreamPacker(new DocumentShuffle(cluster == ShardGroup.NoCluster ? key : key.Fold(cluster)), rows);
    }

    private void Check(TokenizedDocument document, bool goesOn, bool[] isBegun)
    {
        var source = document.SourceIndex;
        if ((uint)source >= (uint)isBegun.Length)
        {
            throw new CorpusException($"document {document.Hash}", $"its source is '{source}' but must be 0 to {isBegun.Length - 1}. Give the builder all sources.");
        }

        if (isBegun[source] && !goesOn)
        {
            throw new CorpusException($"document {document.Hash}", $"its source '{_sources[source]}' was at its end before a document of another source. Give the documents source by source, so that the rows of each lie together.");
        }

        isBegun[source] = true;
    }
}
