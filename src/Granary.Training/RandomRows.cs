using Granary.Core.Randomness;
using Granary.Data.Batching;

namespace Granary.Training;

/// <summary>Rows of uniform random ids, for timing.</summary>
internal static class RandomRows
{
    /// <summary>Rows in which every position has a target.</summary>
    internal static BatchSlice Of(RandomKey key, int vocabulary, int rows, int length)
    {
        var ids = new long[(rows * length) + 1];
        for (var index = 0; index < ids.Length; index++)
        {
            ids[index] = key.BelowAt(index, vocabulary);
        }

        return new BatchSlice(rows, length, ids.AsMemory(0, rows * length), ids.AsMemory(1), default);
    }
}
