using Granary.Data.Shards;

namespace Granary.Pipelines.Decomposition.Packing;

/// <summary>Writes packed rows to the shards of one bucket, one shard at a time, and counts them.</summary>
internal sealed class PackedRowWriter(string folder, int exponent, ShardIdentity identity, PackedLedger ledger) : IDisposable
{
    private readonly string _bucket = $"d{exponent:00}";
    private readonly List<ShardEntry> _entries = [];
    private readonly ShardGroupRuns _groups = new(exponent);
    private ShardWriter? _open;

    /// <summary>Ids of a row.</summary>
    public int RowLength => 1 << exponent;

    /// <summary>The cluster of the rows that are written. Rows of another begin another shard.</summary>
    public int Cluster { get; private set; } = ShardGroup.NoCluster;

    /// <summary>Rows in a full shard at most; tests lower it to see many shards.</summary>
    public int RowsPerShard { get; init; } = ShardFolder.MostRowsPerShard;

    /// <summary>Is told each moment at which a process may die with something new on disk; for tests.</summary>
    public Action<string> Reached { get; init; } = static _ => { };

    /// <summary>Writes a row and clears it; room that is left becomes padding.</summary>
    /// <param name="row">The row.</param>
    /// <param name="next">The id behind it, or -1.</param>
    /// <param name="paddingId">The id of padding.</param>
    public void Write(PackedRow row, int next, int paddingId = 0)
    {
        var endsDocument = row.EndsDocument;
        var padding = row.Pad(paddingId);
        var flags = row.Provenance.Flags | (padding > 0 ? RowFlags.Padded : 0) | (padding == 0 && endsDocument ? RowFlags.Last : 0);
        _open ??= Open();
        _open.Append(row.Ids, next, row.Provenance with { Flags = flags }, row.Borders);
        _groups.Add(row.Provenance.SourceIndex, Cluster, rows: 1);
        ledger.Keep(row, padding, goesOn: next >= 0 && !endsDocument);
        row.Clear();
        if (_open.Rows >= Math.Min(RowsPerShard, ShardFolder.MostBytesPerShard / ((long)identity.BytesPerToken() << exponent)))
        {
            CompleteShard();
        }
    }

    /// <summary>Says whose rows follow.</summary>
    public void Begin(int cluster)
    {
        if (cluster != Cluster && _open is not null)
        {
            CompleteShard();
        }

        Cluster = cluster;
    }

    /// <summary>Leaves a row out, counted, and clears it.</summary>
    public void Drop(PackedRow row)
    {
        ledger.Drop(row);
        row.Clear();
    }

    /// <summary>Finishes the last shard; the bucket, or none without rows.</summary>
    public IReadOnlyList<ShardBucket> Complete()
    {
        if (_open is not null)
        {
            CompleteShard();
        }

        return _entries.Count == 0 ? [] : [new ShardBucket { Exponent = exponent, Rows = _entries.Sum(entry => entry.Rows), Shards = _entries, Groups = _groups.Runs }];
    }

    /// <summary>Removes a shard that was not finished.</summary>
    public void Dispose()
    {
        _open?.Dispose();
    }

    private ShardWriter Open()
    {
        var path = Path.Combine(folder, _bucket);
        Directory.CreateDirectory(path);
        var writer = new ShardWriter(path, exponent, identity);
        Reached("shard opened");
        return writer;
    }

    private void CompleteShard()
    {
        Reached("shard full");
        using var writer = _open!;
        var entry = writer.Complete();
        _open = null;
        _entries.Add(entry with { File = $"{_bucket}/{entry.File}" });
        Reached("shard published");
    }
}
