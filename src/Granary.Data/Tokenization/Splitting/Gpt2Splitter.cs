using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Granary.Data.Tokenization.Unicode;

namespace Granary.Data.Tokenization.Splitting;

/// <summary>GPT-2's words: contractions, letters, numbers and other runs with one leading space, and white space.</summary>
/// <remarks>
/// Where 64 bytes of ASCII lie ahead of a word's start, all starts among them come from a few bit operations (about 1 GB/s);
/// elsewhere one word at a time is scanned. A start found by bits depends on the byte before it, on the byte after it for
/// white space, and on two bytes after an apostrophe, so starts too near the block's end are left to the next block.
/// </remarks>
internal sealed class Gpt2Splitter : Splitter
{
    internal const string Regex = @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";

    private const int LastCertainStart = AsciiBlock.Size - 3;

    /// <inheritdoc/>
    internal override string Name => "gpt-2";

    /// <inheritdoc/>
    internal override string? Pattern => Regex;

    /// <inheritdoc/>
    internal override int Split(ReadOnlySpan<byte> text, ref int position, Span<int> ends)
    {
        var count = 0;
        var start = position;
        while (start < text.Length && ends.Length - count >= AsciiBlock.Size)
        {
            if (text.Length - start >= AsciiBlock.Size && (text[start] | text[start + 1]) < 0x80)
            {
                var starts = StartsInBlock(ref Unsafe.Add(ref MemoryMarshal.GetReference(text), start));
                if (starts != 0)
                {
                    start = WriteEnds(starts, start, ends, ref count);
                    continue;
                }
            }

            start = WordEnd(text, start);
            ends[count++] = start;
        }

        position = start;
        return count;
    }

    // The certain word starts in a block whose first byte is one; that first start is left out.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong StartsInBlock(ref byte first)
    {
        var block = new AsciiBlock(ref first);
        var certain = Math.Min(LastCertainStart, BitOperations.TrailingZeroCount(block.Foreign) - 1);
        if (certain <= 0)
        {
            return 0;
        }

        var letters = block.Letters;
        var digits = block.Digits;
        var spaces = block.Spaces;
        var others = ~(letters | digits | spaces);
        var runs = (letters & ~(letters << 1)) | (digits & ~(digits << 1)) | (others & ~(others << 1));
        var starts = (runs & ~(block.Blanks << 1)) | (spaces & (~(spaces << 1) | ~(spaces >> 1)));
        for (var quotes = block.EqualTo('\'') & (starts | 1); quotes != 0; quotes &= quotes - 1)
        {
            var quote = BitOperations.TrailingZeroCount(quotes);
            if (quote >= certain)
            {
                break;
            }

            var length = ContractionLength(MemoryMarshal.CreateReadOnlySpan(ref Unsafe.Add(ref first, quote), 3));
            if (length != 0)
            {
                starts = (starts & ~(2UL << quote)) | (1UL << (quote + length));
            }
        }

        return starts & ((1UL << certain) - 2);
    }

    private static int WordEnd(ReadOnlySpan<byte> text, int start)
    {
        var first = text[start];
        if (first == '\'')
        {
            var contraction = ContractionLength(text[start..]);
            if (contraction > 0)
            {
                return start + contraction;
            }
        }

        var body = first == ' ' ? start + 1 : start;
        if (body == text.Length)
        {
            return body;
        }

        var kind = CodePoints.ClassAt(text, body, out var size) & Kinds;
        return kind == CodePointClass.Space ? WhitespaceEnd(text, start) : RunEnd(text, body + size, kind);
    }

    private static int ContractionLength(ReadOnlySpan<byte> text)
    {
        if (text.Length >= 2 && text[1] is (byte)'s' or (byte)'t' or (byte)'m' or (byte)'d')
        {
            return 2;
        }

        return text.Length >= 3 && (text[1..3].SequenceEqual("re"u8) || text[1..3].SequenceEqual("ve"u8) || text[1..3].SequenceEqual("ll"u8)) ? 3 : 0;
    }
}
