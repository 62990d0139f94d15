namespace Granary.Pipelines.Corpus;

/// <summary>How the files of a source fall into parts, and how a part is read. Whatever the parts, a file's documents and their order are the same.</summary>
internal interface ISourceFormat
{
    /// <summary>The parts of a file in their order, at least one; a file that cannot be split is one part, and reading it says what is wrong.</summary>
    IReadOnlyList<FilePart> Split(CorpusFile file);

    /// <summary>
    /// Hands the documents that belong to a part to the sink, in the file's order, and every piece that is none with the
    /// reason. Lines count from 1 at the part's start; what the earlier parts have is added when they are taken. Null where the
    /// part cannot be read to its end and the sink has been told so.
    /// </summary>
    PartDigest? Read(FilePart part, DocumentSink sink);
}
