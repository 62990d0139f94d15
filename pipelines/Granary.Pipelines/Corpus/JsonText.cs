using System.Buffers;
using System.Globalization;
using System.Text;

namespace Granary.Pipelines.Corpus;

/// <summary>Takes the escapes out of a JSON string that a reader has found to be well formed.</summary>
internal static class JsonText
{
    /// <summary>
    /// The string's UTF-8; a half of a surrogate pair, which JSON can spell and Unicode text cannot hold, becomes
    /// U+FFFD and is counted in <paramref name="replaced"/>.
    /// </summary>
    public static ReadOnlyMemory<byte> Unescape(ReadOnlySpan<byte> escaped, out int replaced)
    {
        var text = new ArrayBufferWriter<byte>(escaped.Length);
        replaced = 0;
        while (escaped.Length > 0)
        {
            var plain = escaped.IndexOf((byte)'\\');
            plain = plain < 0 ? escaped.Length : plain;
            text.Write(escaped[..plain]);
            escaped = escaped[plain..];
            if (escaped.Length > 0)
            {
                var rune = ReadEscape(ref escaped, ref replaced);
                text.Advance(rune.EncodeToUtf8(text.GetSpan(4)));
            }
        }

        return text.WrittenMemory;
    }

    private static Rune ReadEscape(ref ReadOnlySpan<byte> escaped, ref int replaced)
    {
        var kind = escaped[1];
        if (kind != 'u')
        {
            escaped = escaped[2..];
            return new Rune(kind switch
            {
                (byte)'b' => '\b',
                (byte)'f' => '\f',
                (byte)'n' => '\n',
                (byte)'r' => '\r',
                (byte)'t' => '\t',
                _ => (char)kind,
            });
        }

        var first = UnitAt(escaped);
        escaped = escaped[6..];
        if (!char.IsSurrogate(first))
        {
            return new Rune(first);
        }

        if (char.IsHighSurrogate(first) && escaped.StartsWith("\\u"u8) && Rune.TryCreate(first, UnitAt(escaped), out var pair))
        {
            escaped = escaped[6..];
            return pair;
        }

        replaced++;
        return Rune.ReplacementChar;
    }

    private static char UnitAt(ReadOnlySpan<byte> escaped)
    {
        return (char)ushort.Parse(escaped.Slice(2, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
    }
}
