using Granary.Core;
using Granary.Core.Configuration;
using Granary.Core.Files;
using Granary.Core.Progress;
using Granary.Data.Shards;

namespace Granary.Pipelines.Decomposition;

/// <summary>
/// Cuts tokenised documents and writes the pieces to bucket shards, rows in the order of the documents. The bytes
/// depend on nothing but the documents, the settings and the seed; the manifest appears last, so a build that was
/// killed left nothing visible and can simply be run again.
/// </summary>
/// <remarks>One builder at a time may use a folder.</remarks>
public sealed class ShardBuilder
{
    // Bound a writer's side vectors to 4.5 MiB and a shard to a size that copies well.
    private const int MostRowsPerShard = 1 << 17;
    private const long MostBytesPerShard = 256L << 20;
    private const int DocumentsPerReport = 1024;

    private readonly DecompositionConfig _config;
    private readonly long _seed;
    private readonly ShardIdentity _identity;
    private readonly IReadOnlyList<string> _sources;

    /// <summary>Creates a builder for documents of the given sources, tokenised with the given tokenizer.</summary>
    /// <exception cref="ConfigurationException">A value of the configuration cannot be used.</exception>
    public ShardBuilder(DecompositionConfig config, long seed, string tokenizerSha256, int vocabularySize, IReadOnlyList<string> sources)
    {
        _config = config;
        _seed = seed;
        _sources = sources;
        Decomposer = new Decomposer(config, seed);
        _identity = new ShardIdentity
        {
            VocabularySize = vocabularySize,
            TokenizerSha256 = tokenizerSha256,
            ConfigSha256 = config.ToSha256(seed),
        };
    }

    /// <summary>Rows in a full shard at most; tests lower it to see many shards.</summary>
    internal int RowsPerShard { get; init; } = MostRowsPerShard;

    /// <summary>Is told each moment at which a process may die with something new on disk; for tests.</summary>
    internal Action<string> Reached { get; init; } = static _ => { };

    private Decomposer Decomposer { get; }

    /// <summary>
    /// Builds a shard set in a folder and publishes its manifest. A finished set that is there already is refused, or
    /// with <paramref name="replace"/> kept until the new one is published and then removed.
    /// </summary>
    /// <exception cref="CorpusException">The folder holds a finished set, or a document cannot be used.</exception>
    public ShardManifest Build(
        string folder,
        IEnumerable<TokenizedDocument> documents,
        bool replace = false,
        IProgress<ProgressUpdate>? progress = null,
        CancellationToken cancellationToken = default)
    {
        var manifestPath = Path.Combine(folder, ShardManifest.FileName);
        if (File.Exists(manifestPath) && !replace)
        {
            throw new CorpusException(manifestPath, "a finished shard set is here already. Use it, name another folder, or ask for it to be replaced.");
        }

        // (1) Nothing of a killed build is of use: its rows are cut again, to the same bytes.
        foreach (var file in BucketFiles(folder).Where(IsTemporary))
        {
            File.Delete(file);
        }

        // (2) One open shard a bucket; full ones are published at once, the rest at the end.
        using var buckets = new BucketWriters(folder, this);
        var ledger = new DecompositionLedger(Decomposer);
        var sources = new (long Documents, long Read, long Kept)[_sources.Count];
        var pieces = new List<Piece>();
        var (count, tokens) = (0L, 0L);
        foreach (var document in documents)
        {
            Decomposer.Cut(document.Ids.Length, document.Hash, pieces);
            Append(document, pieces, buckets);
            var kept = ledger.Add(document.Ids.Length, pieces);
            ref var source = ref sources[document.SourceIndex];
            source = (source.Documents + 1, source.Read + document.Ids.Length, source.Kept + kept);
            tokens += document.Ids.Length;
            if (++count % DocumentsPerReport == 0)
            {
                cancellationToken.ThrowIfCancellationRequested();
                progress?.Report(new ProgressUpdate("writing shards", tokens, 0, "tokens"));
            }
        }

        // (3) The manifest makes the set exist; only then may files of an older build go.
        var manifest = new ShardManifest
        {
            Identity = _identity,
            Sources = [.. _sources.Select((name, i) => new ShardSource
            {
                Name = name,
                Documents = sources[i].Documents,
                TokensRead = sources[i].Read,
                TokensKept = sources[i].Kept,
                TokensDropped = sources[i].Read - sources[i].Kept,
            })],
            Ledger = ledger.ToTokenLedger(),
            Buckets = buckets.Complete(),
        }.Seal();
        Reached("shards published");
        Directory.CreateDirectory(folder);
        manifest.Publish(manifestPath);
        Reached("manifest published");
        RemoveOrphans(folder, manifest);
        progress?.Report(new ProgressUpdate("writing shards", tokens, tokens, "tokens"));
        return manifest;
    }

    private static IEnumerable<string> BucketFiles(string folder)
    {
        return Directory.Exists(folder)
            ? Directory.EnumerateDirectories(folder, "d??").SelectMany(bucket => Directory.EnumerateFiles(bucket)).ToList()
            : [];
    }

    private static bool IsTemporary(string file)
    {
        return Path.GetFileName(file).Contains(AtomicFile.TemporaryMark, StringComparison.Ordinal);
    }

    private static void RemoveOrphans(string folder, ShardManifest manifest)
    {
        var listed = manifest.Buckets
            .SelectMany(bucket => bucket.Shards)
            .Select(shard => Path.GetFullPath(Path.Combine(folder, shard.File)))
            .ToHashSet();
        foreach (var file in BucketFiles(folder))
        {
            if (file.EndsWith(ShardWriter.Extension, StringComparison.Ordinal) && !listed.Contains(Path.GetFullPath(file)))
            {
                File.Delete(file);
            }
        }
    }

    private void Append(TokenizedDocument document, List<Piece> pieces, BucketWriters buckets)
    {
        if ((uint)document.SourceIndex >= (uint)_sources.Count)
        {
            throw new CorpusException($"document {document.Hash}", $"its source is '{document.SourceIndex}' but must be 0 to {_sources.Count - 1}. Give the builder all sources.");
        }

        var ids = document.Ids.Span;
        for (var ordinal = 0; ordinal < pieces.Count; ordinal++)
        {
            var piece = pieces[ordinal];
            var (start, end) = ((int)piece.Start, (int)(piece.Start + piece.Length));
            var flags = (ordinal == 0 ? RowFlags.First : 0)
                | (ordinal == pieces.Count - 1 ? RowFlags.Last : 0)
                | (pieces.Count > 1 ? RowFlags.Split : 0)
                | (piece.IsAlignedToEnd ? RowFlags.AlignedToEnd : 0);
            var provenance = new RowProvenance(document.Hash, document.SourceIndex, start, ordinal, flags);
            buckets.Append(piece.Exponent, ids[start..end], end < ids.Length ? ids[end] : -1, provenance, document.Cluster);
        }
    }

    /// <summary>The open shard of each bucket and the entries of those finished.</summary>
    private sealed class BucketWriters(string folder, ShardBuilder owner) : IDisposable
    {
        private readonly ShardWriter?[] _open = new ShardWriter?[DecompositionConfig.HighestExponent + 1];
        private readonly List<ShardEntry>[] _entries =
            [.. Enumerable.Range(0, DecompositionConfig.HighestExponent + 1).Select(_ => new List<ShardEntry>())];
        private readonly ShardGroupRuns[] _groups =
            [.. Enumerable.Range(0, DecompositionConfig.HighestExponent + 1).Select(exponent => new ShardGroupRuns(exponent))];

        public void Append(int exponent, ReadOnlySpan<int> ids, int next, in RowProvenance provenance, int cluster)
        {
            var writer = _open[exponent] ??= Open(exponent);
            writer.Append(ids, next, provenance);
            _groups[exponent].Add(provenance.SourceIndex, cluster, rows: 1);
            if (writer.Rows >= Math.Min(owner.RowsPerShard, MostBytesPerShard / ((long)owner._identity.BytesPerToken() << exponent)))
            {
                Complete(exponent);
            }
        }

        public IReadOnlyList<ShardBucket> Complete()
        {
            for (var exponent = 0; exponent < _open.Length; exponent++)
            {
                if (_open[exponent] is not null)
                {
                    Complete(exponent);
                }
            }

            return [.. Enumerable.Range(0, _entries.Length)
                .Where(exponent => _entries[exponent].Count > 0)
                .Select(exponent => new ShardBucket
                {
                    Exponent = exponent,
                    Rows = _entries[exponent].Sum(entry => entry.Rows),
                    Shards = _entries[exponent],
                    Groups = _groups[exponent].Runs,
                })];
        }

        public void Dispose()
        {
            foreach (var writer in _open)
            {
                writer?.Dispose();
            }
        }

        private static string NameOf(int exponent)
        {
            return $"d{exponent:00}";
        }

        private ShardWriter Open(int exponent)
        {
            var bucket = Path.Combine(folder, NameOf(exponent));
            Directory.CreateDirectory(bucket);
            var writer = new ShardWriter(bucket, exponent, owner._identity);
            owner.Reached("shard opened");
            return writer;
        }

        private void Complete(int exponent)
        {
            owner.Reached("shard full");
            using var writer = _open[exponent]!;
            var entry = writer.Complete();
            _open[exponent] = null;
            _entries[exponent].Add(entry with { File = $"{NameOf(exponent)}/{entry.File}" });
            owner.Reached("shard published");
        }
    }
}
