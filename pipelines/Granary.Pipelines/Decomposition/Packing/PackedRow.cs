using Granary.Data.Shards;

namespace Granary.Pipelines.Decomposition.Packing;

/// <summary>A row that is being filled: ids, border bits, and what its provenance and the ledger say of it.</summary>
internal sealed class PackedRow(int length)
{
    private readonly int[] _ids = new int[length];
    private readonly byte[] _borders = new byte[(length + 7) / 8];

    /// <summary>Ids of the row.</summary>
    public ReadOnlySpan<int> Ids => _ids;

    /// <summary>A bit for each id, set where a segment begins.</summary>
    public ReadOnlySpan<byte> Borders => _borders;

    /// <summary>Ids put in so far.</summary>
    public int Fill { get; private set; }

    /// <summary>Ids that fit in.</summary>
    public int Room => length - Fill;

    /// <summary>Segments put in so far.</summary>
    public int Segments { get; private set; }

    /// <summary>Documents that begin in the row.</summary>
    public int Begun { get; private set; }

    /// <summary>Documents that begin in the row and do not end in it.</summary>
    public int Split { get; private set; }

    /// <summary>Documents that end in the row with an id behind another one: a last id that is a target.</summary>
    public int Ended { get; private set; }

    /// <summary>Of the first segment; the flags say what the row is within that document.</summary>
    public RowProvenance Provenance { get; private set; }

    /// <summary>Whether the last segment ends its document.</summary>
    public bool EndsDocument { get; private set; }

    /// <summary>Adds a segment: part of one document.</summary>
    /// <param name="ids">The part's ids.</param>
    /// <param name="provenance">Where they come from.</param>
    /// <param name="endsDocument">Whether the document ends with them.</param>
    public void Add(ReadOnlySpan<int> ids, RowProvenance provenance, bool endsDocument)
    {
        if (Fill == 0)
        {
            Provenance = provenance;
        }

        _borders[Fill >> 3] |= (byte)(1 << (Fill & 7));
        ids.CopyTo(_ids.AsSpan(Fill));
        Fill += ids.Length;
        Segments++;
        EndsDocument = endsDocument;
        var begins = provenance.TokenStart == 0;
        Begun += begins ? 1 : 0;
        Split += begins && !endsDocument ? 1 : 0;
        Ended += endsDocument && provenance.TokenStart + ids.Length > 1 ? 1 : 0;
    }

    /// <summary>Fills what is left with padding, the row's last segment; the number of its ids.</summary>
    public int Pad(int id)
    {
        var padding = Room;
        if (padding > 0)
        {
            _borders[Fill >> 3] |= (byte)(1 << (Fill & 7));
            _ids.AsSpan(Fill).Fill(id);
        }

        return padding;
    }

    /// <summary>Empties the row for the next one.</summary>
    public void Clear()
    {
        Array.Clear(_borders);
        (Fill, Segments, Begun, Split, Ended) = (0, 0, 0, 0, 0);
    }
}
