using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Granary.Data.Tokenization.Unicode;

namespace Granary.Data.Tokenization.Splitting;

/// <summary>Cuts text into the words within which merges happen, exactly as one family's regular expression does.</summary>
internal abstract class Splitter
{
    /// <summary>The classes that the patterns hold apart; every character has at most one of them.</summary>
    protected const CodePointClass Kinds = CodePointClass.Letter | CodePointClass.Number | CodePointClass.Space;

    /// <summary>The family's name.</summary>
    internal abstract string Name { get; }

    /// <summary>The regular expression that the scanner stands for, in the words of tokenizer.json; null for none.</summary>
    internal abstract string? Pattern { get; }

    /// <summary>Whether the pattern matches every character; else what lies between matches is words too.</summary>
    internal virtual bool CoversText => true;

    /// <summary>
    /// Writes the ends of the words from <paramref name="position"/> on until the text or the room is used up, and moves
    /// the position to the last end. The text must be valid UTF-8 and the room at least 64 ends.
    /// </summary>
    internal abstract int Split(ReadOnlySpan<byte> text, ref int position, Span<int> ends);

    /// <summary>Writes where words end whose successors start at the set bits, counted from a word's start; returns the last.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    protected static int WriteEnds(ulong starts, int start, Span<int> ends, ref int count)
    {
        // The caller leaves room for 64 ends.
        ref var end = ref MemoryMarshal.GetReference(ends);
        do
        {
            Unsafe.Add(ref end, count++) = start + BitOperations.TrailingZeroCount(starts);
            starts &= starts - 1;
        }
        while (starts != 0);
        return Unsafe.Add(ref end, count - 1);
    }

    /// <summary>Where the run of characters of one kind ends that begins at or after a position.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    protected static int RunEnd(ReadOnlySpan<byte> text, int position, CodePointClass kind)
    {
        while (position < text.Length && (CodePoints.ClassAt(text, position, out var size) & Kinds) == kind)
        {
            position += size;
        }

        return position;
    }

    /// <summary>
    /// The end of <c>\s+(?!\S)|\s+</c> at a white-space character: a run that reaches the text's end is one word, another
    /// leaves its last character to what follows, unless it has only that one.
    /// </summary>
    protected static int WhitespaceEnd(ReadOnlySpan<byte> text, int position)
    {
        var last = position;
        var end = position;
        while (end < text.Length && (CodePoints.ClassAt(text, end, out var size) & CodePointClass.Space) != 0)
        {
            last = end;
            end += size;
        }

        return end == text.Length || last == position ? end : last;
    }
}
