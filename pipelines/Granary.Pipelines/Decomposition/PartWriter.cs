using Granary.Core;
using Granary.Data.Shards;

namespace Granary.Pipelines.Decomposition;

/// <summary>Cuts the documents of one part of a build after the other, and writes their pieces to shards of the part's own.</summary>
internal sealed class PartWriter : IDisposable
{
    private readonly ShardBuilder _owner;
    private readonly string _folder;
    private readonly List<Piece> _pieces = [];
    private readonly ShardWriter?[] _open = new ShardWriter?[DecompositionConfig.HighestExponent + 1];
    private readonly SortedDictionary<int, List<ShardEntry>> _finished = [];
    private readonly ShardGroupRuns?[] _groups = new ShardGroupRuns?[DecompositionConfig.HighestExponent + 1];
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

        _owner.Decomposer.Cut(document.Ids.Length, document.Hash, _pieces);
        Append(document);
        var kept = _ledger.Add(document.Ids.Length, _pieces);
        ref var source = ref _sources[document.SourceIndex];
        source = (source.Documents + 1, source.Read + document.Ids.Length, source.Kept + kept);
        TokensRead += document.Ids.Length;
    }

    /// <summary>Publishes what is open and hands out the part; the next document begins another.</summary>
    public ShardManifest Finish()
    {
        for (var exponent = 0; exponent < _open.Length; exponent++)
        {
            if (_open[exponent] is not null)
            {
                Complete(exponent);
            }
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
            Buckets = [.. _finished.Select(bucket => new ShardBucket
            {
                Exponent = bucket.Key,
                Rows = bucket.Value.Sum(entry => entry.Rows),
                Shards = bucket.Value,
                Groups = _groups[bucket.Key]!.Runs,
            })],
        };

        TokensRead = 0;
        Array.Clear(_sources);
        _ledger = new DecompositionLedger(_owner.Decomposer);
        _finished.Clear();
        Array.Clear(_groups);
        return part;
    }

    /// <summary>Removes what was begun and not published.</summary>
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
        var writer = _open[exponent] ??= Open(exponent);
        writer.Append(ids, next, provenance);
        (_groups[exponent] ??= new ShardGroupRuns(exponent)).Add(provenance.SourceIndex, cluster, rows: 1);
        if (writer.Rows >= Math.Min(_owner.RowsPerShard, ShardFolder.MostBytesPerShard / ((long)_owner.Identity.BytesPerToken() << exponent)))
        {
            Complete(exponent);
        }
    }

    private ShardWriter Open(int exponent)
    {
        var bucket = Path.Combine(_folder, NameOf(exponent));
        Directory.CreateDirectory(bucket);
        var writer = new ShardWriter(bucket, exponent, _owner.Identity);
        _owner.Reached("shard opened");
        return writer;
    }

    private void Complete(int exponent)
    {
        _owner.Reached("shard full");
        using var writer = _open[exponent]!;
        var entry = writer.Complete();
        _open[exponent] = null;
        if (!_finished.TryGetValue(exponent, out var entries))
        {
            _finished.Add(exponent, entries = []);
        }

        entries.Add(entry with { File = $"{NameOf(exponent)}/{entry.File}" });
        _owner.Reached("shard published");
    }
}
