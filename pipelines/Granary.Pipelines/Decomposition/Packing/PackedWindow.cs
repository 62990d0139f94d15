using Granary.Data.Shards;

namespace Granary.Pipelines.Decomposition.Packing;

/// <summary>Documents that are laid into rows together, and the shards of these rows: a part of a build.</summary>
internal sealed class PackedWindow : IDisposable
{
    private readonly PackedShardBuilder _owner;
    private readonly int _index;
    private readonly PackedLedger _ledger;
    private readonly PackedRowWriter _rows;
    private readonly SortedDictionary<int, List<TokenizedDocument>> _waiting = []; // documents of the present source, by cluster
    private IRowPacker? _packer;                                                   // of the present source's documents without a cluster
    private int _source = -1;

    /// <summary>Begins a window, the <paramref name="index"/>th of its build.</summary>
    public PackedWindow(PackedShardBuilder owner, string folder, int index)
    {
        _owner = owner;
        _index = index;
        _ledger = new PackedLedger(owner.Sources);
        _rows = new PackedRowWriter(folder, owner.RowExponent, owner.Identity, _ledger) { RowsPerShard = owner.RowsPerShard, Reached = owner.Reached };
    }

    /// <summary>Documents so far.</summary>
    public long Documents { get; private set; }

    /// <summary>Their tokens.</summary>
    public long TokensRead => _ledger.TokensRead;

    /// <summary>Takes a document in.</summary>
    public void Add(TokenizedDocument document)
    {
        if (document.SourceIndex != _source)
        {
            FinishSource();
            _source = document.SourceIndex;
        }

        _ledger.Read(document);
        Documents++;
        switch (document.Cluster)
        {
            case ShardGroup.Pruned:
                _ledger.Prune(document);
                break;
            case ShardGroup.NoCluster:
                _packer ??= _owner.CreatePacker(_source, ShardGroup.NoCluster, _index, _rows);
                _packer.Add(document);
                break;
            default:
                Wait(document);
                break;
        }
    }

    /// <summary>Writes what is held, publishes the last shard and hands out the part.</summary>
    public ShardManifest Finish()
    {
        FinishSource();
        var buckets = _rows.Complete();
        return new ShardManifest
        {
            Identity = _owner.Identity,
            Sources = _ledger.ToSources(),
            Ledger = _ledger.ToTokenLedger(_owner.RowExponent),
            Buckets = buckets,
        };
    }

    /// <summary>Removes a shard that was not finished.</summary>
    public void Dispose()
    {
        _rows.Dispose();
    }

    private void Wait(TokenizedDocument document)
    {
        if (!_waiting.TryGetValue(document.Cluster, out var documents))
        {
            _waiting.Add(document.Cluster, documents = []);
        }

        documents.Add(document);
    }

    // A row holds documents of one cluster, as it holds documents of one source.
    private void FinishSource()
    {
        _packer?.Finish();
        _packer = null;
        foreach (var (cluster, documents) in _waiting)
        {
            _rows.Begin(cluster);
            var packer = _owner.CreatePacker(_source, cluster, _index, _rows);
            documents.ForEach(packer.Add);
            packer.Finish();
        }

        _waiting.Clear();
        _rows.Begin(ShardGroup.NoCluster);
    }
}
