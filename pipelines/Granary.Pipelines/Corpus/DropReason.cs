namespace Granary.Pipelines.Corpus;

/// <summary>Why something read is no document of the corpus; the words stand in reports.</summary>
public static class DropReason
{
    /// <summary>The same text stood before; no error.</summary>
    public const string Duplicate = "duplicate";

    /// <summary>A text that is nearly the same stood before; no error.</summary>
    public const string NearDuplicate = "near-duplicate";

    /// <summary>Nothing but white space; no error.</summary>
    public const string Empty = "empty";

    /// <summary>Longer than the source allows.</summary>
    public const string TooLong = "too-long";

    /// <summary>Bytes that are not UTF-8, or NUL, where these are not replaced.</summary>
    public const string InvalidText = "invalid-text";

    /// <summary>A line that is not one JSON object.</summary>
    public const string InvalidJson = "invalid-json";

    /// <summary>An object without the field that holds the text.</summary>
    public const string NoText = "no-text";

    /// <summary>A file that is damaged, cut off, of another format or may not be read.</summary>
    public const string UnreadableFile = "unreadable-file";

    /// <summary>Whether text was lost that should have been read.</summary>
    public static bool IsError(string reason)
    {
        return reason is not (Duplicate or NearDuplicate or Empty);
    }
}
