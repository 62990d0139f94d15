namespace Granary.Pipelines.Corpus;

/// <summary>What was read of a corpus, source by source.</summary>
/// <param name="Sources">The sources, in the order of the configuration.</param>
public sealed record CorpusReport(IReadOnlyList<SourceReport> Sources)
{
    /// <summary>Documents kept, held-out ones included.</summary>
    public long Documents => Sources.Sum(source => source.Documents);

    /// <summary>Bytes of their text.</summary>
    public long Bytes => Sources.Sum(source => source.Bytes);

    /// <summary>Documents held out of training.</summary>
    public long HeldOutDocuments => Sources.Sum(source => source.HeldOutDocuments);

    /// <summary>Bytes of their text.</summary>
    public long HeldOutBytes => Sources.Sum(source => source.HeldOutBytes);
}
