namespace Granary.Pipelines.Corpus;

/// <summary>Some documents of a part of a file, in its order, with what was left out between them.</summary>
internal sealed class DocumentBatch
{
    private const int PieceOverhead = 256; // a document's objects beside its text

    /// <summary>The documents.</summary>
    public List<Document> Documents { get; } = [];

    /// <summary>What was left out.</summary>
    public List<DroppedPiece> Dropped { get; } = [];

    /// <summary>Bytes of text in the documents.</summary>
    public long TextBytes { get; set; }

    /// <summary>About how much memory the batch takes.</summary>
    public long MemoryBytes => TextBytes + (PieceOverhead * (1 + Documents.Count + Dropped.Count));

    /// <summary>Bytes of the file that were read since the last batch.</summary>
    public long FileBytes { get; set; }

    /// <summary>Sequences that became U+FFFD.</summary>
    public long Replaced { get; set; }

    /// <summary>Makes the lines count from the beginning of the file, where <paramref name="lines"/> lines end before the part.</summary>
    public void CountLinesFrom(long lines)
    {
        if (lines == 0)
        {
            return;
        }

        foreach (var document in Documents)
        {
            document.Line += document.Line > 0 ? lines : 0;
        }

        for (var i = 0; i < Dropped.Count; i++)
        {
            Dropped[i] = Dropped[i].Line > 0 ? Dropped[i] with { Line = Dropped[i].Line + lines } : Dropped[i];
        }
    }
}
