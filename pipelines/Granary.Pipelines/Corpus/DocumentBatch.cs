namespace Granary.Pipelines.Corpus;

/// <summary>Some documents of a file, in its order, with what was left out between them.</summary>
internal sealed class DocumentBatch
{
    /// <summary>The documents.</summary>
    public List<Document> Documents { get; } = [];

    /// <summary>What was left out.</summary>
    public List<DroppedPiece> Dropped { get; } = [];

    /// <summary>Bytes of text in the documents.</summary>
    public long TextBytes { get; set; }

    /// <summary>Bytes of the file that were read since the last batch.</summary>
    public long FileBytes { get; set; }

    /// <summary>Sequences that became U+FFFD.</summary>
    public long Replaced { get; set; }
}
