namespace Granary.Pipelines.Corpus;

/// <summary>Which documents count as the same.</summary>
public enum Deduplication
{
    /// <summary>None: every document is kept.</summary>
    None,

    /// <summary>Those whose text is equal byte for byte; the first is kept.</summary>
    Exact,
}
