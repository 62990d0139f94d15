using Granary.Data.Tokenization.Unicode;

namespace Granary.Data.Tokenization.Splitting;

/// <summary>The pieces of SuperBPE's second stage: numbers, punctuation and runs of spaces are cut out, whole phrases stay.</summary>
internal sealed class SuperBpeSplitter : Splitter
{
    internal const string Regex = @"\p{N}{1,3}| ?[^\s\p{L}\p{N}]{2,}[\r\n/]*| +(?!\S)";

    private const int MostDigits = 3;

    /// <inheritdoc/>
    internal override string Name => "superbpe";

    /// <inheritdoc/>
    internal override string? Pattern => Regex;

    /// <inheritdoc/>
    internal override bool CoversText => false;

    /// <inheritdoc/>
    internal override int Split(ReadOnlySpan<byte> text, ref int position, Span<int> ends)
    {
        // The pattern does not cover the text: what lies between two matches is a piece of its own.
        var count = 0;
        while (position < text.Length && count + 2 <= ends.Length)
        {
            var gap = position;
            var match = MatchEnd(text, gap);
            while (match == 0 && gap < text.Length)
            {
                _ = CodePoints.ClassAt(text, gap, out var size);
                gap += size;
                match = gap < text.Length ? MatchEnd(text, gap) : 0;
            }

            if (gap > position)
            {
                ends[count++] = gap;
            }

            if (match > 0)
            {
                ends[count++] = match;
            }

            position = Math.Max(gap, match);
        }

        return count;
    }

    private static int MatchEnd(ReadOnlySpan<byte> text, int start)
    {
        var first = CodePoints.ClassAt(text, start, out _);
        if ((first & CodePointClass.Letter) != 0)
        {
            return 0;
        }

        if ((first & CodePointClass.Number) != 0)
        {
            return NumberEnd(text, start);
        }

        var punctuation = PunctuationEnd(text, text[start] == ' ' ? start + 1 : start);
        return punctuation == 0 && text[start] == ' ' ? BlankEnd(text, start) : punctuation;
    }

    private static int NumberEnd(ReadOnlySpan<byte> text, int start)
    {
        var end = start;
        for (var count = 0; count < MostDigits && end < text.Length; count++)
        {
            if ((CodePoints.ClassAt(text, end, out var size) & CodePointClass.Number) == 0)
            {
                break;
            }

            end += size;
        }

        return end;
    }

    private static int PunctuationEnd(ReadOnlySpan<byte> text, int start)
    {
        var end = RunEnd(text, start, CodePointClass.Other);
        if (end == start || CodePoints.ClassAt(text, start, out var size) is var _ && end == start + size)
        {
            return 0; // none, or only one
        }

        while (end < text.Length && text[end] is (byte)'\r' or (byte)'\n' or (byte)'/')
        {
            end++;
        }

        return end;
    }

    private static int BlankEnd(ReadOnlySpan<byte> text, int start)
    {
        var end = start;
        while (end < text.Length && text[end] == ' ')
        {
            end++;
        }

        var isFollowedByText = end < text.Length && (CodePoints.ClassAt(text, end, out _) & CodePointClass.Space) == 0;
        return !isFollowedByText ? end : end - 1 > start ? end - 1 : 0;
    }
}
