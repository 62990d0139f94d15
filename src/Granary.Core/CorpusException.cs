namespace Granary.Core;

/// <summary>Text, tokens or shards on disk that cannot be used, with the file and the place in it.</summary>
public sealed class CorpusException : Exception
{
    /// <summary>Creates the exception; <paramref name="line"/> counts from 1, and 0 means that no line applies.</summary>
    public CorpusException(string file, string message, long line = 0, long offset = -1, Exception? inner = null)
        : base($"{file}{Place(line, offset)}: {message}", inner)
    {
        File = file;
        Line = line;
        Offset = offset;
    }

    /// <summary>The file that is at fault.</summary>
    public string File { get; }

    /// <summary>The line, counted from 1; 0 when none applies.</summary>
    public long Line { get; }

    /// <summary>The byte offset; -1 when none applies.</summary>
    public long Offset { get; }

    private static string Place(long line, long offset)
    {
        return (line > 0, offset >= 0) switch
        {
            (true, true) => $", line {line} (byte {offset})",
            (true, false) => $", line {line}",
            (false, true) => $", byte {offset}",
            _ => string.Empty,
        };
    }
}
