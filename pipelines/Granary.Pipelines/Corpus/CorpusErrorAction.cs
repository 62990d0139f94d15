namespace Granary.Pipelines.Corpus;

/// <summary>What happens to a document or file that cannot be read.</summary>
public enum CorpusErrorAction
{
    /// <summary>It is left out, counted and listed, as long as the error budget lasts.</summary>
    Skip,

    /// <summary>Reading ends there.</summary>
    Fail,
}
