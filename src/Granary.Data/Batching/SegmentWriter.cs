using System.Numerics;
using Granary.Data.Shards;

namespace Granary.Data.Batching;

/// <summary>Turns a packed row's border bits into segment numbers, positions and ignored targets.</summary>
internal static class SegmentWriter
{
    /// <summary>
    /// Fills a row. Segments count from 1 and padding is 0; <paramref name="segments"/> and <paramref name="positions"/> are
    /// empty where the law needs none. Targets come with the ids behind; those that nothing may predict are overwritten.
    /// </summary>
    public static void Fill(SegmentLaw law, ReadOnlySpan<byte> borders, RowFlags flags, Span<int> segments, Span<long> positions, Span<long> targets)
    {
        // (1) Padding: nothing is to be said there, nor in front of it, where a document ends.
        var used = targets.Length;
        if (flags.HasFlag(RowFlags.Padded))
        {
            used = LastBorder(borders);
            targets[(used - 1)..].Fill(TokenBatch.IgnoredTarget);
            segments[Math.Min(used, segments.Length)..].Clear();
            positions[Math.Min(used, positions.Length)..].Clear();
        }

        // (2) Blocks of the row, whatever documents lie in it.
        if (!law.SeparatesDocuments)
        {
            Number(segments[..Math.Min(used, segments.Length)], law.Window, last: 0);
            return;
        }

        // (3) Blocks of each document; its last id has no target, and the row's only if the document ends with the row.
        var segment = 0;
        for (var start = 0; start < used;)
        {
            var end = Math.Min(used, NextBorder(borders, start + 1));
            segment = Number(segments[start..end], law.Window, segment);
            Count(law.ResetsPositions ? positions[start..end] : []);
            if (end < targets.Length || flags.HasFlag(RowFlags.Last))
            {
                targets[end - 1] = TokenBatch.IgnoredTarget;
            }

            start = end;
        }
    }

    // The bit's place at or behind a place; beyond all bits where there is none.
    private static int NextBorder(ReadOnlySpan<byte> borders, int from)
    {
        for (var place = from; place < 8 * borders.Length; place = (place | 7) + 1)
        {
            var rest = borders[place >> 3] >> (place & 7);
            if (rest != 0)
            {
                return place + BitOperations.TrailingZeroCount(rest);
            }
        }

        return 8 * borders.Length;
    }

    private static int LastBorder(ReadOnlySpan<byte> borders)
    {
        var index = borders.LastIndexOfAnyExcept((byte)0);
        return (8 * index) + BitOperations.Log2(borders[index]);
    }

    // Numbers blocks of the window's size, or one block where that is 0; the number of the last.
    private static int Number(Span<int> segments, int window, int last)
    {
        var size = window > 0 ? window : segments.Length;
        for (var start = 0; start < segments.Length; start += size)
        {
            segments.Slice(start, Math.Min(size, segments.Length - start)).Fill(++last);
        }

        return last;
    }

    private static void Count(Span<long> positions)
    {
        for (var position = 0; position < positions.Length; position++)
        {
            positions[position] = position;
        }
    }
}
