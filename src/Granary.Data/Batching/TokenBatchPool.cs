using System.Collections.Concurrent;

namespace Granary.Data.Batching;

/// <summary>Makes batches of rows that come from elsewhere than shards; a batch that is disposed gives its memory to a later one.</summary>
public sealed class TokenBatchPool
{
    // Rows may be padded, so they have segments; positions count from 0 in each row.
    private static readonly SegmentLaw Law = new(SeparatesDocuments: true, Window: 0, ResetsPositions: false);

    private readonly int _mostTokens;
    private readonly int _mostRows;
    private readonly ConcurrentBag<BatchBuffer> _free = [];

    /// <summary>Creates a pool of batches of so many tokens and rows at most.</summary>
    public TokenBatchPool(int mostTokens, int mostRows)
    {
        _mostTokens = mostTokens;
        _mostRows = mostRows;
    }

    /// <summary>A batch of a step, its rows filled one after another.</summary>
    public TokenBatch Rent(long step, int rows, int length, RowFill fill)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(rows, _mostRows);
        ArgumentOutOfRangeException.ThrowIfGreaterThan((long)rows * length, _mostTokens);
        if (!_free.TryTake(out var buffer))
        {
            buffer = new BatchBuffer(_mostTokens, _mostRows, isPacked: true);
        }

        for (var row = 0; row < rows; row++)
        {
            var place = new Range(row * length, (row + 1) * length);
            buffer.Provenance[row] = fill(row, buffer.Tokens.AsSpan(place), buffer.Targets.AsSpan(place), buffer.Segments.AsSpan(place));
        }

        return new TokenBatch(step, rows, length, buffer, _free.Add, Law);
    }
}
