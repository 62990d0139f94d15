namespace Granary.Pipelines.Corpus;

/// <summary>A part of a file, read by one worker while others read its neighbours. The parts of a file cover it without a gap.</summary>
/// <param name="File">The file, as it was listed or as an earlier reading found it.</param>
/// <param name="Index">Which part, from 0.</param>
/// <param name="Count">How many the file has.</param>
/// <param name="Start">The byte it begins at.</param>
/// <param name="End">The byte behind it; <see cref="long.MaxValue"/> for the last part, so that what was appended to the file is noticed.</param>
internal record FilePart(CorpusFile File, int Index, int Count, long Start, long End)
{
    /// <summary>How many bytes it has in the file as it was listed.</summary>
    public long Bytes => Math.Max(0, Math.Min(End, File.Bytes) - Start);

    /// <summary>Lets go of what is held open to read the part, where it is not read.</summary>
    public virtual void Release()
    {
    }

    /// <summary>The whole of a file.</summary>
    public static FilePart Whole(CorpusFile file)
    {
        return new FilePart(file, Index: 0, Count: 1, Start: 0, End: long.MaxValue);
    }
}
