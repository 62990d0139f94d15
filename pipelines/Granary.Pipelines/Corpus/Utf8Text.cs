using System.Buffers;
using System.Text;
using System.Text.Unicode;

namespace Granary.Pipelines.Corpus;

/// <summary>Makes bytes into clean text: valid UTF-8, no NUL, lines that end in LF, no byte order mark.</summary>
internal static class Utf8Text
{
    private static readonly SearchValues<byte> Rewritten = SearchValues.Create(0, (byte)'\r');
    private static readonly SearchValues<byte> White = SearchValues.Create(" \t\n\v\f\r"u8);

    private static ReadOnlySpan<byte> Replacement => [0xEF, 0xBF, 0xBD];

    private static ReadOnlySpan<byte> ByteOrderMark => [0xEF, 0xBB, 0xBF];

    /// <summary>
    /// The clean text in an array of its own. <paramref name="replaced"/> counts the sequences that became U+FFFD: each
    /// NUL and each maximal part of a broken sequence, as the WHATWG's decoder has it.
    /// </summary>
    public static byte[] Clean(ReadOnlySpan<byte> raw, out int replaced)
    {
        replaced = 0;
        if (raw.IndexOfAny(Rewritten) < 0 && Utf8.IsValid(raw))
        {
            return raw.ToArray(); // nearly all text
        }

        var clean = new ArrayBufferWriter<byte>(raw.Length + 16);
        while (raw.Length > 0)
        {
            var status = Rune.DecodeFromUtf8(raw, out _, out var length);
            if (status != OperationStatus.Done || raw[0] == 0)
            {
                clean.Write(Replacement);
                replaced++;
            }
            else if (raw[0] != '\r' || raw.Length == 1 || raw[1] != '\n')
            {
                clean.Write(raw[..length]);
            }

            raw = raw[length..];
        }

        return clean.WrittenSpan.ToArray();
    }

    /// <summary>The bytes behind a byte order mark, or all when there is none.</summary>
    public static ReadOnlyMemory<byte> WithoutByteOrderMark(ReadOnlyMemory<byte> raw)
    {
        return raw.Span.StartsWith(ByteOrderMark) ? raw[ByteOrderMark.Length..] : raw;
    }

    /// <summary>Whether there is nothing but ASCII white space.</summary>
    public static bool IsBlank(ReadOnlySpan<byte> text)
    {
        return text.IndexOfAnyExcept(White) < 0;
    }
}
