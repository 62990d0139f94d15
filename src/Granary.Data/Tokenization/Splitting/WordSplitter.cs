using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Granary.Data.Tokenization.Unicode;

namespace Granary.Data.Tokenization.Splitting;

/// <summary>What the patterns after GPT-2's have in common; a family says in which points it differs.</summary>
/// <remarks>
/// The alternatives, tried in this order at each place: (1) a contraction, where the family has them alone; (2) one
/// character that is no letter, number or newline, if there is one, and letters; (3) a few numbers; (4) one space, if there
/// is one, punctuation, and the newlines after it; (5) white space up to its last newline; (6) white space but for its last
/// character; (7) white space. As with GPT-2, 64 bytes of ASCII are cut by bit operations, and elsewhere word by word.
/// </remarks>
internal abstract class WordSplitter : Splitter
{
    /// <summary>Numbers in a word at most: 1 or 3.</summary>
    protected virtual int MostDigits => 3;

    /// <summary>Where contractions are.</summary>
    protected virtual Contractions Contractions => Contractions.Alone;

    /// <summary>Whether combining marks count as letters.</summary>
    protected virtual bool JoinsMarks => false;

    /// <summary>Whether a word of letters ends before a capital that follows a small letter.</summary>
    protected virtual bool SplitsAtCapitals => false;

    /// <summary>Whether slashes belong to what may follow punctuation, as newlines do.</summary>
    protected virtual bool ExtendsOverSlashes => false;

    /// <inheritdoc/>
    internal sealed override int Split(ReadOnlySpan<byte> text, ref int position, Span<int> ends)
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

    // The certain word starts in a block whose first byte is one; that first start is left out. Masks are shifted so that a
    // bit meets the byte before it (<< 1) or after it (>> 1).
    private ulong StartsInBlock(ref byte first)
    {
        var block = new AsciiBlock(ref first);
        var (letters, digits, spaces, newlines, blanks) = (block.Letters, block.Digits, block.Spaces, block.Newlines, block.Blanks);
        var foreign = block.Foreign;
        var others = ~(letters | digits | spaces | foreign);
        var flat = spaces & ~newlines;
        var end = BitOperations.TrailingZeroCount(foreign);
        if (ExtendsOverSlashes)
        {
            // A slash after a newline may belong to punctuation before it; such places are left to the scan.
            end = Math.Min(end, BitOperations.TrailingZeroCount(block.EqualTo('/') & (newlines << 1)));
        }

        // Punctuation that follows nothing it could belong to, is alone and precedes a letter belongs to that letter's word.
        var otherStarts = others & ~(others << 1);
        var joining = otherStarts & ~(blanks << 1) & ~(others >> 1) & (letters >> 1);
        var starts = (letters & ~(letters << 1) & ~((flat | joining) << 1))
            | (otherStarts & ~(blanks << 1))
            | (newlines & ((letters | digits) << 1))
            | (flat & (~(flat << 1) | ~(spaces >> 1)))
            | DigitStarts(digits);
        starts = WithoutSpacesBeforeNewlines(starts, flat, newlines, others);
        if (SplitsAtCapitals)
        {
            starts |= block.Capitals & ((letters & ~block.Capitals) << 1);
        }

        // The last byte decides about what stands before it; white space is certain only when its end is seen.
        var certain = end - 1;
        var spacesBeforeEnd = BitOperations.LeadingZeroCount(~(spaces << (64 - end)));
        if (end > 0 && spacesBeforeEnd > 0)
        {
            certain = Math.Min(AsciiBlock.Size - 1, end - Math.Min(end, spacesBeforeEnd) + 1);
        }

        if (Contractions != Contractions.None)
        {
            var quotes = block.EqualTo('\'') & (Contractions == Contractions.Alone ? starts | 1 : letters << 1);
            starts = WithContractions(starts, quotes, ref first, ref certain);
        }

        return certain <= 0 ? 0 : starts & ((1UL << certain) - 2);
    }

    private ulong DigitStarts(ulong digits)
    {
        if (MostDigits == 1)
        {
            return digits;
        }

        var starts = digits & ~(digits << 1);

        // Runs longer than three: every third digit starts a word.
        var third = starts;
        while ((third = (third << 3) & digits & (digits << 1) & (digits << 2)) != 0)
        {
            starts |= third;
        }

        return starts;
    }

    // Flat white space that a newline follows belongs to the word of that newline, unless punctuation has taken the newlines
    // before it. Rare: lines that end in spaces, and lines of spaces.
    private static ulong WithoutSpacesBeforeNewlines(ulong starts, ulong flat, ulong newlines, ulong others)
    {
        for (var seams = newlines & (flat << 1); seams != 0; seams &= seams - 1)
        {
            var seam = BitOperations.TrailingZeroCount(seams);
            var begin = 64 - BitOperations.LeadingZeroCount(~flat & ((1UL << seam) - 1));
            if (begin == 0 || ((newlines >> (begin - 1)) & 1) == 0)
            {
                continue;
            }

            var beforeNewlines = 63 - BitOperations.LeadingZeroCount(~newlines & ((1UL << begin) - 1));
            if (beforeNewlines < 0 || ((others >> beforeNewlines) & 1) == 0)
            {
                starts &= ~(1UL << begin);
            }
        }

        return starts;
    }

    private ulong WithContractions(ulong starts, ulong quotes, ref byte first, ref int certain)
    {
        var wordStart = 0; // after a contraction; a quote there belongs to no word before it
        for (; quotes != 0; quotes &= quotes - 1)
        {
            var quote = BitOperations.TrailingZeroCount(quotes);
            if (quote + 2 > certain)
            {
                // What follows is not all seen.
                certain = Math.Min(certain, quote);
                break;
            }

            var length = ContractionLength(MemoryMarshal.CreateReadOnlySpan(ref Unsafe.Add(ref first, quote), 3));
            if (length == 0 || (Contractions == Contractions.AtWordEnd && quote == wordStart))
            {
                continue;
            }

            // No word starts within the contraction, and one starts after it, whatever follows.
            wordStart = quote + length;
            starts &= ~(((1UL << (length - 1)) - 1) << (quote + 1));
            if (Contractions == Contractions.AtWordEnd)
            {
                starts &= ~(1UL << quote);
            }

            starts |= wordStart < AsciiBlock.Size ? 1UL << wordStart : 0;
        }

        return starts;
    }

    private int WordEnd(ReadOnlySpan<byte> text, int start)
    {
        if (Contractions == Contractions.Alone && ContractionLength(text[start..]) is var contraction and > 0)
        {
            return start + contraction;
        }

        var first = CodePoints.ClassAt(text, start, out var size);
        var word = SplitsAtCapitals ? CasedWordEnd(text, start, first, size) : LetterWordEnd(text, start, first, size);
        if (word > 0)
        {
            return Contractions == Contractions.AtWordEnd ? word + ContractionLength(text[word..]) : word;
        }

        if ((first & CodePointClass.Number) != 0)
        {
            return NumberEnd(text, start);
        }

        var punctuation = PunctuationEnd(text, text[start] == ' ' ? start + 1 : start);
        return punctuation > 0 ? punctuation : SpaceEnd(text, start);
    }

    private int LetterWordEnd(ReadOnlySpan<byte> text, int start, CodePointClass first, int size)
    {
        var wanted = JoinsMarks ? CodePointClass.Letter | CodePointClass.Mark : CodePointClass.Letter;
        if ((first & wanted) != 0)
        {
            return RunEndOfAny(text, start + size, wanted);
        }

        if ((first & (CodePointClass.Number | CodePointClass.Newline)) != 0)
        {
            return 0;
        }

        var end = RunEndOfAny(text, start + size, wanted);
        return end > start + size ? end : 0;
    }

    // [prefix]? Upper* Lower+ , else [prefix]? Upper+ Lower*; a mark can be the prefix and either class.
    private static int CasedWordEnd(ReadOnlySpan<byte> text, int start, CodePointClass first, int size)
    {
        var mayLead = (first & (CodePointClass.Letter | CodePointClass.Number | CodePointClass.Newline)) == 0;
        var mayBegin = (first & (CodePointClass.Upper | CodePointClass.Lower)) != 0;
        var end = mayLead ? MixedEnd(text, start + size) : 0;
        if (end == 0 && mayBegin)
        {
            end = MixedEnd(text, start);
        }

        if (end == 0 && mayLead)
        {
            var capitals = RunEndOfAny(text, start + size, CodePointClass.Upper);
            end = capitals > start + size ? capitals : 0;
        }

        return end == 0 && mayBegin ? RunEndOfAny(text, start, CodePointClass.Upper) : end;
    }

    // The end of Upper* Lower+: where no small letter follows the capitals, the last of them that is also Lower ends it.
    private static int MixedEnd(ReadOnlySpan<byte> text, int start)
    {
        var position = start;
        var lastLower = 0;
        while (position < text.Length)
        {
            var kind = CodePoints.ClassAt(text, position, out var size);
            if ((kind & CodePointClass.Upper) == 0)
            {
                return (kind & CodePointClass.Lower) != 0 ? RunEndOfAny(text, position, CodePointClass.Lower) : lastLower;
            }

            position += size;
            if ((kind & CodePointClass.Lower) != 0)
            {
                lastLower = position;
            }
        }

        return lastLower;
    }

    private int NumberEnd(ReadOnlySpan<byte> text, int start)
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

    private int PunctuationEnd(ReadOnlySpan<byte> text, int start)
    {
        var kinds = JoinsMarks ? Kinds | CodePointClass.Mark : Kinds;
        var end = start;
        while (end < text.Length && (CodePoints.ClassAt(text, end, out var size) & kinds) == 0)
        {
            end += size;
        }

        if (end == start)
        {
            return 0;
        }

        while (end < text.Length && (text[end] is (byte)'\r' or (byte)'\n' || (ExtendsOverSlashes && text[end] == '/')))
        {
            end++;
        }

        return end;
    }

    private static int SpaceEnd(ReadOnlySpan<byte> text, int start)
    {
        var (end, last, afterNewline) = (start, start, 0);
        while (end < text.Length && CodePoints.ClassAt(text, end, out var size) is var kind && (kind & CodePointClass.Space) != 0)
        {
            last = end;
            end += size;
            afterNewline = (kind & CodePointClass.Newline) != 0 ? end : afterNewline;
        }

        if (afterNewline > 0)
        {
            return afterNewline;
        }

        return end == text.Length || last == start ? end : last;
    }

    private static int RunEndOfAny(ReadOnlySpan<byte> text, int position, CodePointClass wanted)
    {
        while (position < text.Length && (CodePoints.ClassAt(text, position, out var size) & wanted) != 0)
        {
            position += size;
        }

        return position;
    }

    // Bytes of a contraction with its apostrophe, in any case, or 0; the long s folds to s.
    private static int ContractionLength(ReadOnlySpan<byte> text)
    {
        if (text.Length < 2 || text[0] != '\'')
        {
            return 0;
        }

        var second = text.Length > 2 ? text[2] | 0x20 : 0;
        return (text[1] | 0x20) switch
        {
            's' or 't' or 'm' or 'd' => 2,
            'r' or 'v' => second == 'e' ? 3 : 0,
            'l' => second == 'l' ? 3 : 0,
            _ => text.Length > 2 && text[1] == 0xC5 && text[2] == 0xBF ? 3 : 0,
        };
    }
}
