using System.Buffers;
using System.Text;
using Granary.Data.Tokenization.Unicode;

namespace Granary.Data.Tokenization;

/// <summary>Finds added tokens in text: leftmost first, the longest of those at one place, without overlap.</summary>
internal sealed class AddedTokenMatcher
{
    private readonly (byte[] Text, AddedToken Token)[][] _tokens = new (byte[], AddedToken)[256][]; // by first byte, longest first
    private readonly SearchValues<byte> _firstBytes;
    private readonly byte[] _prefix;

    /// <summary>Creates a matcher for tokens and the text under which each is found.</summary>
    internal AddedTokenMatcher(IEnumerable<(string Text, AddedToken Token)> tokens)
    {
        var encoded = tokens
            .Select(token => (Text: Encoding.UTF8.GetBytes(token.Text), token.Token))
            .Where(token => token.Text.Length > 0)
            .OrderByDescending(token => token.Text.Length)
            .ToArray();
        foreach (var group in encoded.GroupBy(token => token.Text[0]))
        {
            _tokens[group.Key] = [.. group];
        }

        IsEmpty = encoded.Length == 0;
        _firstBytes = SearchValues.Create([.. encoded.Select(token => token.Text[0]).Distinct()]);
        _prefix = CommonPrefix(encoded);
    }

    /// <summary>Whether there is anything to find.</summary>
    internal bool IsEmpty { get; }

    /// <summary>
    /// Finds the next token at or after <paramref name="search"/>, widened by the white space that it takes along, though
    /// not into text before <paramref name="floor"/>; moves the search behind the token.
    /// </summary>
    internal AddedToken? Next(ReadOnlySpan<byte> text, int floor, ref int search, out int start, out int end)
    {
        while (NextCandidate(text, search) is var candidate && candidate >= 0)
        {
            var (length, token) = LongestAt(text[candidate..]);
            if (token is null)
            {
                search = candidate + 1;
                continue;
            }

            (start, end) = (candidate, candidate + length);
            search = end;
            if (token.SingleWord && !StandsAlone(text, start, end))
            {
                continue;
            }

            if (token.LeftStrip)
            {
                start = Math.Max(floor, StartOfSpace(text, start));
            }

            if (token.RightStrip)
            {
                end = EndOfSpace(text, end);
            }

            return token;
        }

        (start, end) = (text.Length, text.Length);
        return null;
    }

    private static byte[] CommonPrefix((byte[] Text, AddedToken Token)[] tokens)
    {
        if (tokens.Length == 0)
        {
            return [];
        }

        var length = tokens.Min(token => token.Text.AsSpan().CommonPrefixLength(tokens[0].Text));
        return tokens[0].Text[..length];
    }

    // Looking for a prefix of two bytes or more passes over text with many '<' at the speed of memory.
    private int NextCandidate(ReadOnlySpan<byte> text, int from)
    {
        if (from >= text.Length)
        {
            return -1;
        }

        var found = _prefix.Length > 1 ? text[from..].IndexOf(_prefix) : text[from..].IndexOfAny(_firstBytes);
        return found < 0 ? -1 : from + found;
    }

    private (int Length, AddedToken? Token) LongestAt(ReadOnlySpan<byte> text)
    {
        foreach (var (content, token) in _tokens[text[0]] ?? [])
        {
            if (text.StartsWith(content))
            {
                return (content.Length, token);
            }
        }

        return (0, null);
    }

    private static bool StandsAlone(ReadOnlySpan<byte> text, int start, int end)
    {
        return (start == 0 || (CodePoints.ClassBefore(text, start, out _) & CodePointClass.Word) == 0)
            && (end == text.Length || (CodePoints.ClassAt(text, end, out _) & CodePointClass.Word) == 0);
    }

    private static int StartOfSpace(ReadOnlySpan<byte> text, int position)
    {
        while (position > 0 && (CodePoints.ClassBefore(text, position, out var size) & CodePointClass.Space) != 0)
        {
            position -= size;
        }

        return position;
    }

    private static int EndOfSpace(ReadOnlySpan<byte> text, int position)
    {
        while (position < text.Length && (CodePoints.ClassAt(text, position, out var size) & CodePointClass.Space) != 0)
        {
            position += size;
        }

        return position;
    }
}
