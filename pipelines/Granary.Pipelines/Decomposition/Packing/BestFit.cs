using System.Runtime.InteropServices;

namespace Granary.Pipelines.Decomposition.Packing;

/// <summary>
/// Best-fit-decreasing packing: pieces from the longest to the shortest, each into the fullest row that has room for it
/// (Ding et al., arXiv 2404.10830, section 2). O(1) a piece for sorting by counting, a few words for finding the row.
/// </summary>
public static class BestFit
{
    /// <summary>
    /// Packs pieces of 1 to <paramref name="rowLength"/> ids: the first piece of every row, and behind each piece the next
    /// one of its row, -1 for none. Pieces of one length keep their order.
    /// </summary>
    public static (IReadOnlyList<int> FirstPieces, int[] NextPieces) Pack(ReadOnlySpan<int> lengths, int rowLength)
    {
        var next = new int[lengths.Length];
        Array.Fill(next, -1);
        var (first, last) = (new List<int>(), new List<int>());
        var open = new CapacityIndex(rowLength);
        foreach (var piece in LongestFirst(lengths, rowLength))
        {
            var length = lengths[piece];
            var (row, room) = open.TakeSmallest(length);
            if (row < 0)
            {
                (row, room) = (first.Count, rowLength);
                first.Add(piece);
                last.Add(piece);
            }
            else
            {
                next[last[row]] = piece;
                last[row] = piece;
            }

            // A full row is put in as well: with no room it is never found, and rows stay numbered without gaps.
            open.Put(row, room - length);
        }

        return (first, next);
    }

    /// <summary>Positions that padding fills when pieces of these lengths are packed; documents above the row length are cut to it first.</summary>
    public static long CountPadding(ReadOnlySpan<int> documentLengths, int rowLength)
    {
        var pieces = new List<int>(documentLengths.Length);
        foreach (var length in documentLengths)
        {
            if (length % rowLength > 0)
            {
                pieces.Add(length % rowLength);
            }
        }

        var packed = Pack(CollectionsMarshal.AsSpan(pieces), rowLength);
        return ((long)packed.FirstPieces.Count * rowLength) - pieces.Sum(length => (long)length);
    }

    private static int[] LongestFirst(ReadOnlySpan<int> lengths, int longest)
    {
        // starts[n] becomes the place of the next piece of n ids: behind all longer ones.
        var starts = new int[longest + 2];
        foreach (var length in lengths)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(length, 1, nameof(lengths));
            ArgumentOutOfRangeException.ThrowIfGreaterThan(length, longest, nameof(lengths));
            starts[length - 1]++;
        }

        for (var length = longest - 1; length >= 0; length--)
        {
            starts[length] += starts[length + 1];
        }

        var order = new int[lengths.Length];
        for (var piece = 0; piece < lengths.Length; piece++)
        {
            order[starts[lengths[piece]]++] = piece;
        }

        return order;
    }
}
