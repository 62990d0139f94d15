using Granary.Data.Shards;

namespace Granary.Pipelines.Decomposition.Packing;

/// <summary>Documents that are laid into rows together, and the shards of these rows: a part of a build.</summary>
internal sealed class PackedWindow : IDisposable
{
    private readonly PackedShardBuilder _owner;
    private readonly int _index;
    private readonly PackedLedger _ledger;
    private readonly PackedRowWriter _rows;
    private IRowPacker? _packer; // of the present source
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
            _packer?.Finish();
            _source = document.SourceIndex;
            _packer = _owner.CreatePacker(_source, _index, _rows);
        }

        _ledger.Read(document);
        Documents++;
        _packer!.Add(document);
    }

    /// <summary>Writes what is held, publishes the last shard and hands out the part.</summary>
    public ShardManifest Finish()
    {
        _packer?.Finish();
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
}
