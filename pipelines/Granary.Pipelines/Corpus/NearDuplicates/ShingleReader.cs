using System.Globalization;
using System.Numerics;
using System.Text;

namespace Granary.Pipelines.Corpus.NearDuplicates;

/// <summary>Turns a text into hashes of its runs of words: small letters, without punctuation, whatever the white space.</summary>
/// <remarks>
/// A word is what stands between white space, without its punctuation and symbols; one that has nothing else is none. A text
/// with fewer words than a run is one run. The hashes do not depend on the machine.
/// </remarks>
internal sealed class ShingleReader
{
    private const ulong WordFactor = 0x9E3779B97F4A7C15; // odd and without pattern, as the next ones are
    private const ulong RunFactor = 0xD1342543DE82EF95;
    private const ulong FirstMixFactor = 0xFF51AFD7ED558CCD; // MurmurHash3's finalizer
    private const ulong SecondMixFactor = 0xC4CEB9FE1A85EC53;
    private const byte Dropped = 0;
    private const byte Space = (byte)' ';

    // What becomes of each ASCII character: a small letter or digit, a space, or nothing.
    private static readonly byte[] Ascii = [.. Enumerable.Range(0, 128).Select(value => OfAscii((char)value))];

    private readonly ulong[] _words; // the last words' hashes, as a ring
    private readonly ulong _leavingFactor;

    internal ShingleReader(int words)
    {
        _words = new ulong[words];
        _leavingFactor = Enumerable.Repeat(RunFactor, words).Aggregate(1UL, (product, factor) => unchecked(product * factor));
    }

    /// <summary>Hands the hashes of a text's runs to <paramref name="take"/>, some at a time; the room is what it may hold.</summary>
    internal void Read(ReadOnlySpan<byte> text, ulong[] room, Action<int> take)
    {
        var (words, run, count) = (0L, 0UL, 0);
        for (var position = 0; position < text.Length;)
        {
            var word = NextWord(text, ref position);
            if (word == 0)
            {
                continue;
            }

            // A polynomial over the ring: the word that leaves is subtracted with the power it has reached.
            ref var place = ref _words[words % _words.Length];
            run = (run * RunFactor) + word - (words >= _words.Length ? place * _leavingFactor : 0);
            place = word;
            words++;
            if (words < _words.Length)
            {
                continue;
            }

            room[count++] = Mix(run);
            if (count == room.Length)
            {
                take(count);
                count = 0;
            }
        }

        if (words > 0 && words < _words.Length)
        {
            room[count++] = Mix(run + (ulong)words);
        }

        if (count > 0)
        {
            take(count);
        }
    }

    // The hash of the next word, 0 for none; the position moves behind the white space that ended it.
    private static ulong NextWord(ReadOnlySpan<byte> text, ref int position)
    {
        var hash = 0UL;
        while (position < text.Length)
        {
            var first = text[position];
            if (first < 0x80)
            {
                position++;
                var letter = Ascii[first];
                if (letter == Space)
                {
                    break;
                }

                hash = letter == Dropped ? hash : Add(hash, letter);
                continue;
            }

            Rune.DecodeFromUtf8(text[position..], out var character, out var size);
            position += size;
            if (Rune.IsWhiteSpace(character))
            {
                break;
            }

            hash = IsKept(character) ? Add(hash, (uint)Rune.ToLowerInvariant(character).Value) : hash;
        }

        return hash;
    }

    private static ulong Add(ulong hash, uint character)
    {
        return BitOperations.RotateLeft((hash ^ character) * WordFactor, 29) + 1;
    }

    private static ulong Mix(ulong value)
    {
        value = (value ^ (value >> 33)) * FirstMixFactor;
        value = (value ^ (value >> 33)) * SecondMixFactor;
        return value ^ (value >> 33);
    }

    private static byte OfAscii(char value)
    {
        return char.IsAsciiLetterOrDigit(value) ? (byte)char.ToLowerInvariant(value) : char.IsWhiteSpace(value) ? Space : Dropped;
    }

    private static bool IsKept(Rune character)
    {
        return Rune.GetUnicodeCategory(character) is <= UnicodeCategory.OtherNumber; // letters, marks and numbers come first
    }
}
