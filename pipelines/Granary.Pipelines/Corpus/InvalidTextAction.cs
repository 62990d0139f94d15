namespace Granary.Pipelines.Corpus;

/// <summary>What happens to text with bytes that are not UTF-8, or with NUL.</summary>
public enum InvalidTextAction
{
    /// <summary>Each such sequence becomes U+FFFD, as browsers do it, and is counted.</summary>
    Replace,

    /// <summary>The document is an error.</summary>
    Skip,
}
