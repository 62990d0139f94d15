using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Granary.Core;
using Granary.Core.Configuration;
using Granary.Core.Progress;
using Granary.Data.Shards;

namespace Granary.Pipelines.Decomposition;

/// <summary>
/// Cuts tokenised documents and writes the pieces to bucket shards, rows cluster by cluster where documents are clustered,
/// and in the order of the documents. The bytes
/// depend on nothing but the documents, the settings and the seed; the manifest appears last, so a build that was
/// killed left nothing visible, and the same build run again goes on behind its last finished part.
/// </summary>
/// <remarks>
/// A part ends with the document that brings its tokens to the number the settings name: all open shards are published, then the journal gets a
/// line. Where parts end follows from the documents alone, so it does not show where a build was killed. One builder at a
/// time may use a folder.
/// </remarks>
public sealed class ShardBuilder
{
    private readonly long _tokensPerPart;

    /// <summary>Creates a builder for documents of the given sources, tokenised with the given tokenizer.</summary>
    /// <exception cref="ConfigurationException">A value of the configuration cannot be used.</exception>
    public ShardBuilder(DecompositionConfig config, long seed, string tokenizerSha256, int vocabularySize, IReadOnlyList<string> sources)
    {
        _tokensPerPart = config.TokensPerPart;
        Sources = sources;
        Decomposer = new Decomposer(config, seed);
        Identity = new ShardIdentity
        {
            VocabularySize = vocabularySize,
            TokenizerSha256 = tokenizerSha256,
            ConfigSha256 = config.ToSha256(seed),
        };
    }

    /// <summary>Rows in a full shard at most; tests lower it to see many shards.</summary>
    internal int RowsPerShard { get; init; } = ShardFolder.MostRowsPerShard;

    /// <summary>Shards that are written to at a time, of all lengths and clusters; beyond it, the one that waits longest is closed. Bounds memory.</summary>
    internal int OpenShards { get; init; } = ShardFolder.MostOpenShards;

    /// <summary>Is told each moment at which a process may die with something new on disk; for tests.</summary>
    internal Action<string> Reached { get; init; } = static _ => { };

    internal Decomposer Decomposer { get; }

    internal ShardIdentity Identity { get; }

    internal IReadOnlyList<string> Sources { get; }

    /// <summary>
    /// Builds a shard set in a folder and publishes its manifest. A finished set that is there already is refused, or
    /// with <paramref name="replace"/> kept until the new one is published and then removed.
    /// </summary>
    /// <exception cref="CorpusException">The folder holds a finished set, or a document cannot be used.</exception>
    public ShardManifest Build(
        string folder,
        TokenizedDocuments documents,
        bool replace = false,
        IProgress<ProgressUpdate>? progress = null,
        CancellationToken cancellationToken = default)
    {
        var manifestPath = Path.Combine(folder, ShardManifest.FileName);
        if (File.Exists(manifestPath) && !replace)
        {
            throw new CorpusException(manifestPath, "a finished shard set is here already. Use it, name another folder, or ask for it to be replaced.");
        }

        // (1) The parts a killed build has finished are kept; what it had begun is of no use, its rows are cut again.
        using var journal = ShardJournal.Open(folder, HashOf(documents));
        ShardFolder.RemoveAllBut(folder, ShardFolder.FindFinished(manifestPath) is { } old ? [.. journal.Parts, old] : journal.Parts);

        // (2) One open shard a bucket; full ones are published at once, the others where the part ends.
        using var writer = new PartWriter(this, folder);
        var (count, tokens) = (0L, journal.Parts.Sum(part => part.Ledger.TokensRead));
        foreach (var document in documents.Behind(journal.Parts.Sum(part => part.Ledger.Documents)))
        {
            writer.Add(document);
            tokens += document.Ids.Length;
            if (writer.TokensRead >= _tokensPerPart)
            {
                journal.Append(writer.Finish());
                Reached("part finished");
            }

            if (++count % ShardFolder.DocumentsPerReport == 0)
            {
                cancellationToken.ThrowIfCancellationRequested();
                progress?.Report(new ProgressUpdate("writing shards", tokens, 0, "tokens"));
            }
        }

        // (3) The manifest makes the set exist.
        var manifest = ShardFolder.Publish(folder, journal, writer.Finish(), Reached);
        progress?.Report(new ProgressUpdate("writing shards", tokens, tokens, "tokens"));
        return manifest;
    }

    /// <summary>The hash of everything that decides the bytes of the parts.</summary>
    internal string HashOf(TokenizedDocuments documents)
    {
        var text = string.Create(
            CultureInfo.InvariantCulture,
            $"documents={documents.Hash} tokenizer={Identity.TokenizerSha256} vocabulary={Identity.VocabularySize} config={Identity.ConfigSha256} rows={RowsPerShard} tokens={_tokensPerPart} sources={string.Join('\n', Sources)}");
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
    }
}
