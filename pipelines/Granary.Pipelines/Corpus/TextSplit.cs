namespace Granary.Pipelines.Corpus;

/// <summary>Where one document of a text file ends.</summary>
public enum TextSplit
{
    /// <summary>At the file's end.</summary>
    File,

    /// <summary>At a given text, which belongs to no document.</summary>
    Separator,

    /// <summary>At one or more lines with nothing but spaces.</summary>
    BlankLine,
}
