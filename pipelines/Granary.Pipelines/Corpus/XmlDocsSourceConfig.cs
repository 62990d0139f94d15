namespace Granary.Pipelines.Corpus;

/// <summary>The XML documentation that compilers write beside .NET assemblies; a document is a type with its members.</summary>
public sealed record XmlDocsSourceConfig : FileSourceConfig
{
    /// <inheritdoc/>
    internal override ISourceFormat CreateFormat(long partBytes)
    {
        return new StreamFormat(partBytes, () => new XmlDocsReader());
    }
}
