namespace Granary.Pipelines.Corpus;

/// <summary>Splits a file of one format into documents.</summary>
internal interface IDocumentReader
{
    /// <summary>Hands every document of a file to the sink, in the file's order, and every piece that is none with the reason.</summary>
    void Read(Stream content, DocumentSink sink);
}
