using Granary.Core;
using Granary.Data.Shards;

namespace Granary.Pipelines.Decomposition;

/// <summary>
/// Cuts the documents of one part of a build after the other, and writes their pieces to shards of the part's own, those of
/// each cluster to shards of the cluster's own.
/// </summary>
internal sealed class PartWriter : IDisposable
{
    private readonly ShardBuilder _owner;
    private readonly string _folder;
    private readonly List<Piece> _pieces = [];
    private readonly SortedDictionary<(int Exponent, int Cluster), ClusterRows> _rows = [];
    private readonly LinkedList<ClusterRows> _open = []; // those with an open shard, the one written to last at the end
    private readonly (long Documents, long Read, long Kept)[] _sources;
    private DecompositionLedger _ledger;

    public PartWriter(ShardBuilder owner, string folder)
    {
        _owner = owner;
        _folder = folder;
        _sources = new (long, long, long)[owner.Sources.Count];
        _ledger = new DecompositionLedger(owner.Decomposer);
    }

    /// <summary>Tokens of the part so far.</summary>
    public long TokensRead { get; private set; }

    /// <summary>Cuts a document and writes its pieces.</summary>
    public void Add(TokenizedDocument document)
    {
        if ((uint)document.SourceIndex >= (uint)_sources.Length)
        {
            throw new CorpusException($"document {document.Hash}", $"its source is '{document.SourceIndex}' but must be 0 to {_sources.Length - 1}. Give the builder all sources.");
        }

        var kept = document.Cluster == ShardGroup.Pruned ? LeaveOut(document) : Cut(document);
        ref var source = ref _sources[document.SourceIndex];
        source = (source.Documents + 1, source.Read + document.Ids.Length, source.Kept + kept);
        TokensRead += document.Ids.Length;
    }

    /// <summary>Publishes what is open and hands out the part; the next document begins another.</summary>
    public ShardManifest Finish()
    {
        foreach (var rows in _rows.Values.Where(rows => rows.Open is not null))
        {
            Complete(rows);
        }

        var part = new ShardManifest
        {
            Identity = _owner.Identity,
            Sources = [.. _owner.Sources.Select((name, i) => new ShardSource
            {
                Name = name,
                Documents = _sources[i].Documents,
                TokensRead = _sources[i].Read,
                TokensKept = _sources[i].Kept,
                TokensDropped = _sources[i].Read - _sources[i].Kept,
            })],
            Ledger = _ledger.ToTokenLedger(),
            Buckets = [.. _rows.Values.GroupBy(rows => rows.Exponent).Select(ToBucket)],
        };

        TokensRead = 0;
        Array.Clear(_sources);
        _ledger = new DecompositionLedger(_owner.Decomposer);
        _rows.Clear();
        _open.Clear();
        return part;
    }

    /// <summary>Removes what was begun and not published.</summary>
    public void Dispose()
    {
        foreach (var rows in _open)
        {
            rows.Open?.Dispose();
        }
    }

    private static string NameOf(int exponent)
    {
        return $"d{exponent:00}";
    }

    private static ShardBucket ToBucket(IGrouping<int, ClusterRows> clusters)
    {
        var groups = new ShardGroupRuns(clusters.Key);
        foreach (var group in clusters.SelectMany(rows => rows.Groups.Runs))
        {
            groups.Add(group.Source, group.Cluster, group.Rows);
        }

        List<ShardEntry> shards = [.. clusters.SelectMany(rows => rows.Finished)];
        return new ShardBucket { Exponent = clusters.Key, Rows = shards.Sum(entry => entry.Rows), Shards = shards, Groups = groups.Runs };
    }

    private long LeaveOut(TokenizedDocument document)
    {
        _ledger.AddPruned(document.Ids.Length);
        return 0;
    }

    private long Cut(TokenizedDocument document)
    {
        _owner.Decomposer.Cut(document.Ids.Length, document.Hash, _pieces);
        Append(document);
        return _ledger.Add(document.Ids.Length, _pieces);
    }

    private void Append(TokenizedDocument document)
    {
        var ids = document.Ids.Span;
        for (var ordinal = 0; ordinal < _pieces.Count; ordinal++)
        {
            var piece = _pieces[ordinal];
            var (start, end) = ((int)piece.Start, (int)(piece.Start + piece.Length));
            var flags = (ordinal == 0 ? RowFlags.First : 0)
                | (ordinal == _pieces.Count - 1 ? RowFlags.Last : 0)
                | (_pieces.Count > 1 ? RowFlags.Split : 0)
                | (piece.IsAlignedToEnd ? RowFlags.AlignedToEnd : 0);
            var provenance = new RowProvenance(document.Hash, document.SourceIndex, start, ordinal, flags);
            Append(piece.Exponent, ids[start..end], end < ids.Length ? ids[end] : -1, provenance, document.Cluster);
        }
    }

    private void Append(int exponent, ReadOnlySpan<int> ids, int next, in RowProvenance provenance, int cluster)
    {
        if (!_rows.TryGetValue((exponent, cluster), out var rows))
        {
            _rows.Add((exponent, cluster), rows = new ClusterRows(exponent));
        }

        Touch(rows);
        rows.Open!.Append(ids, next, provenance);
        rows.Groups.Add(provenance.SourceIndex, cluster, rows: 1);
        if (rows.Open.Rows >= Math.Min(_owner.RowsPerShard, ShardFolder.MostBytesPerShard / ((long)_owner.Identity.BytesPerToken() << exponent)))
        {
            Complete(rows);
        }
    }

    // Which shards are open follows from the documents alone, and so do the shards.
    private void Touch(ClusterRows rows)
    {
        if (rows.Open is not null)
        {
            if (_open.Last!.Value != rows)
            {
                _open.Remove(rows.Place);
                _open.AddLast(rows.Place);
            }

            return;
        }

        if (_open.Count >= _owner.OpenShards)
        {
            Complete(_open.First!.Value);
        }

        rows.Open = Open(rows.Exponent);
        _open.AddLast(rows.Place);
    }

    private ShardWriter Open(int exponent)
    {
        var bucket = Path.Combine(_folder, NameOf(exponent));
        Directory.CreateDirectory(bucket);
        var writer = new ShardWriter(bucket, exponent, _owner.Identity);
        _owner.Reached("shard opened");
        return writer;
    }

    private void Complete(ClusterRows rows)
    {
        _owner.Reached("shard full");
        using var writer = rows.Open!;
        var entry = writer.Complete();
        rows.Open = null;
        _open.Remove(rows.Place);
        rows.Finished.Add(entry with { File = $"{NameOf(rows.Exponent)}/{entry.File}" });
        _owner.Reached("shard published");
    }

    /// <summary>Rows of one length and one cluster.</summary>
    private sealed class ClusterRows
    {
        public ClusterRows(int exponent)
        {
            Exponent = exponent;
            Groups = new ShardGroupRuns(exponent);
            Place = new LinkedListNode<ClusterRows>(this);
        }

        public int Exponent { get; }

        public ShardGroupRuns Groups { get; }

        public LinkedListNode<ClusterRows> Place { get; }

        public List<ShardEntry> Finished { get; } = [];

        public ShardWriter? Open { get; set; }
    }
}
