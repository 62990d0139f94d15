namespace Granary.Pipelines.Corpus;

/// <summary>Splits the content of files of one format into documents.</summary>
internal interface IDocumentReader
{
    /// <summary>How many bytes before a part tell which document is the first to begin in it; null when a file can only be read from its beginning.</summary>
    int? LeadBytes { get; }

    /// <summary>
    /// Hands every document that begins in a part to the sink, in the file's order, and every piece that is none with
    /// the reason. The content begins at <paramref name="offset"/> of the file, up to <see cref="LeadBytes"/> before the
    /// part; of a packed file it is what was packed, and the part is the whole.
    /// </summary>
    void Read(Stream content, long offset, FilePart part, DocumentSink sink);
}
