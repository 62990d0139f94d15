using Granary.Core;

namespace Granary.Data.Shards;

/// <summary>
/// All shards of a manifest. A bucket's rows are numbered through its shards; a shard is looked at and mapped when one of
/// its rows is first asked for, so opening costs no more than reading the manifest.
/// </summary>
/// <remarks>Spans that were handed out die with the set. All members may be called from many threads at once.</remarks>
public sealed class ShardSet : IDisposable
{
    private readonly string _folder;
    private readonly Dictionary<int, Bucket> _buckets;
    private readonly Lock _opening = new(); // Guards the slots of Bucket.Readers while a shard is mapped, and _isDisposed.
    private bool _isDisposed;

    private ShardSet(string path, ShardManifest manifest)
    {
        Path = path;
        Manifest = manifest;
        _folder = System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(path))!;
        _buckets = manifest.Buckets.ToDictionary(bucket => bucket.Exponent, bucket => new Bucket(bucket));
    }

    /// <summary>The manifest's file.</summary>
    public string Path { get; }

    /// <summary>The manifest.</summary>
    public ShardManifest Manifest { get; }

    /// <summary>
    /// Opens the set of a manifest. With <paramref name="tokenizerSha256"/>, shards made with another tokenizer are
    /// refused. A shard that is missing or cut off shows when it is first touched, or by <see cref="CheckFiles"/>.
    /// </summary>
    /// <exception cref="CorpusException">The manifest is missing, damaged, or for another tokenizer.</exception>
    public static ShardSet Open(string manifestPath, string? tokenizerSha256 = null)
    {
        var manifest = ShardManifest.Load(manifestPath);
        if (tokenizerSha256 is not null && manifest.Identity.TokenizerSha256 != tokenizerSha256)
        {
            throw new CorpusException(manifestPath, $"the shards were made with tokenizer '{manifest.Identity.TokenizerSha256}' but this run has '{tokenizerSha256}'. Build the shards again or name their tokenizer.");
        }

        return new ShardSet(manifestPath, manifest);
    }

    /// <summary>Looks at every shard's length, so that a long run does not meet a missing one in the middle.</summary>
    /// <exception cref="CorpusException">A shard is missing or of another length; the first one in the manifest's order is named.</exception>
    public void CheckFiles()
    {
        var shards = Manifest.Buckets.SelectMany(bucket => bucket.Shards).ToList();
        var search = Parallel.For(0, shards.Count, (index, state) =>
        {
            if (new FileInfo(PathOf(shards[index])) is not { Exists: true } file || file.Length != shards[index].Bytes)
            {
                state.Break();
            }
        });
        if (search.LowestBreakIteration is { } first)
        {
            CheckLength(shards[(int)first]);
        }
    }

    /// <summary>Rows of 2^<paramref name="exponent"/> ids in the set.</summary>
    public long CountRows(int exponent)
    {
        return _buckets.TryGetValue(exponent, out var bucket) ? bucket.Entry.Rows : 0;
    }

    /// <summary>A row in place, in a set with two bytes an id.</summary>
    public ReadOnlySpan<ushort> RowUInt16(int exponent, long row)
    {
        return Find(exponent, ref row).RowUInt16(row);
    }

    /// <summary>A row in place, in a set with four bytes an id.</summary>
    public ReadOnlySpan<uint> RowUInt32(int exponent, long row)
    {
        return Find(exponent, ref row).RowUInt32(row);
    }

    /// <summary>Copies a row's ids, whatever their width in the file.</summary>
    public void CopyRow(int exponent, long row, Span<int> destination)
    {
        Find(exponent, ref row).CopyRow(row, destination);
    }

    /// <summary>Copies a row's ids to 64 bits each, whatever their width in the file.</summary>
    public void CopyRow(int exponent, long row, Span<long> destination)
    {
        Find(exponent, ref row).CopyRow(row, destination);
    }

    /// <summary>The id that follows the row in its document; -1 at the document's end.</summary>
    public int NextToken(int exponent, long row)
    {
        return Find(exponent, ref row).NextToken(row);
    }

    /// <summary>Begins to read what a row needs from the device, unless it has been touched, and returns at once.</summary>
    public void WillRead(int exponent, long row)
    {
        Find(exponent, ref row).WillRead(row);
    }

    /// <summary>Where the row comes from.</summary>
    public RowProvenance Provenance(int exponent, long row)
    {
        return Find(exponent, ref row).Provenance(row);
    }

    /// <summary>A packed row's border bits, in place: bit i % 8 of byte i / 8 is set where token i begins a segment.</summary>
    /// <exception cref="InvalidOperationException">The set's rows are pieces of one document each, without border bits.</exception>
    public ReadOnlySpan<byte> Borders(int exponent, long row)
    {
        return Find(exponent, ref row).Borders(row);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_opening)
        {
            _isDisposed = true;
            foreach (var readers in _buckets.Values.Select(bucket => bucket.Readers))
            {
                foreach (var reader in readers)
                {
                    reader?.Dispose();
                }

                Array.Clear(readers);
            }
        }
    }

    internal ShardReader OpenShard(ShardBucket bucket, ShardEntry shard)
    {
        CheckLength(shard);
        var reader = new ShardReader(PathOf(shard));
        try
        {
            Match(reader, "rows", reader.Rows, shard.Rows);
            Match(reader, "row exponent", reader.Exponent, bucket.Exponent);
            Match(reader, "tokenizer", reader.Identity.TokenizerSha256, Manifest.Identity.TokenizerSha256);
            Match(reader, "settings' hash", reader.Identity.ConfigSha256, Manifest.Identity.ConfigSha256);
            Match(reader, "packing", reader.Identity.IsPacked, Manifest.Identity.IsPacked);
            Match(reader, "vocabulary size", reader.Identity.VocabularySize, Manifest.Identity.VocabularySize);
            Match(reader, "SHA-256", reader.Sha256, shard.Sha256);
        }
        catch
        {
            reader.Dispose();
            throw;
        }

        return reader;
    }

    private void Match<T>(ShardReader reader, string what, T actual, T expected)
        where T : IEquatable<T>
    {
        if (!actual.Equals(expected))
        {
            throw new CorpusException(reader.Path, $"the shard's {what} is '{actual}' but manifest '{Path}' says {expected}: it belongs to another set. Restore it or build the shards again.", offset: 0);
        }
    }

    private void CheckLength(ShardEntry shard)
    {
        var file = new FileInfo(PathOf(shard));
        if (!file.Exists)
        {
            throw new CorpusException(file.FullName, $"the shard is missing, though manifest '{Path}' lists it. Restore it or build the shards again.");
        }

        if (file.Length != shard.Bytes)
        {
            throw new CorpusException(file.FullName, $"the shard has '{file.Length}' bytes but manifest '{Path}' says {shard.Bytes}: it was cut off or replaced. Restore it or build the shards again.", offset: Math.Min(file.Length, shard.Bytes));
        }
    }

    private string PathOf(ShardEntry shard)
    {
        return System.IO.Path.Combine(_folder, shard.File);
    }

    // Turns a row of the bucket into a row of the shard that is handed out.
    private ShardReader Find(int exponent, ref long row)
    {
        if (!_buckets.TryGetValue(exponent, out var bucket))
        {
            throw new ArgumentOutOfRangeException(nameof(exponent), exponent, $"The set has no rows of 2^{exponent} ids. It has {string.Join(", ", _buckets.Keys.Select(key => $"2^{key}"))}.");
        }

        ArgumentOutOfRangeException.ThrowIfNegative(row);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(row, bucket.Entry.Rows);
        var shard = Array.BinarySearch(bucket.FirstRows, row);
        shard = shard >= 0 ? shard : ~shard - 1;
        row -= bucket.FirstRows[shard];
        return Volatile.Read(ref bucket.Readers[shard]) ?? OpenSlot(bucket, shard);
    }

    private ShardReader OpenSlot(Bucket bucket, int shard)
    {
        lock (_opening)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            if (bucket.Readers[shard] is { } opened)
            {
                return opened;
            }

            var reader = OpenShard(bucket.Entry, bucket.Entry.Shards[shard]);
            Volatile.Write(ref bucket.Readers[shard], reader);
            return reader;
        }
    }

    private sealed class Bucket
    {
        public Bucket(ShardBucket entry)
        {
            Entry = entry;
            Readers = new ShardReader?[entry.Shards.Count];
            FirstRows = new long[entry.Shards.Count];
            for (var i = 1; i < FirstRows.Length; i++)
            {
                FirstRows[i] = FirstRows[i - 1] + entry.Shards[i - 1].Rows;
            }
        }

        public ShardBucket Entry { get; }

        public ShardReader?[] Readers { get; }

        public long[] FirstRows { get; }
    }
}
