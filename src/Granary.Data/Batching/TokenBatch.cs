using Granary.Data.Shards;

namespace Granary.Data.Batching;

/// <summary>The rows of one step, or one process's share of them: [rows, length] ids, row after row.</summary>
public sealed class TokenBatch : IDisposable
{
    /// <summary>The target of an input that nothing follows; losses leave it out, as PyTorch's do by default.</summary>
    public const long IgnoredTarget = -100;

    private readonly BatchBuffer _buffer;
    private Action<BatchBuffer>? _release;

    internal TokenBatch(long step, int rows, int length, BatchBuffer buffer, Action<BatchBuffer> release, SegmentLaw law = default, int firstRow = 0)
    {
        Step = step;
        Rows = rows;
        Length = length;
        Law = law;
        FirstRow = firstRow;
        _buffer = buffer;
        _release = release;
    }

    /// <summary>The step, counted from 0 over the whole run.</summary>
    public long Step { get; }

    /// <summary>Rows in the batch; 0 when the step has fewer rows than there are shares.</summary>
    public int Rows { get; }

    /// <summary>The first row's number in the step: what rows of other shares come before.</summary>
    public int FirstRow { get; }

    /// <summary>Ids in each row.</summary>
    public int Length { get; }

    /// <summary>What the positions of a row see of each other.</summary>
    public SegmentLaw Law { get; }

    /// <summary>The inputs, [Rows, Length].</summary>
    public ReadOnlySpan<long> Tokens => Slice(0, Rows).Tokens.Span;

    /// <summary>The id behind each input, [Rows, Length]; <see cref="IgnoredTarget"/> where there is none.</summary>
    public ReadOnlySpan<long> Targets => Slice(0, Rows).Targets.Span;

    /// <summary>The segment of each input, [Rows, Length], 0 for padding; empty where each row is one segment.</summary>
    public ReadOnlySpan<int> Segments => Slice(0, Rows).Segments.Span;

    /// <summary>The position of each input, [Rows, Length]; empty where they count from 0 in each row.</summary>
    public ReadOnlySpan<long> Positions => Slice(0, Rows).Positions.Span;

    /// <summary>Where each row comes from.</summary>
    public ReadOnlySpan<RowProvenance> Provenance => Slice(0, Rows).Provenance.Span;

    /// <summary>Some consecutive rows, as a micro-batch.</summary>
    public BatchSlice Slice(int firstRow, int rows)
    {
        ObjectDisposedException.ThrowIf(_release is null, this);
        ArgumentOutOfRangeException.ThrowIfNegative(firstRow);
        ArgumentOutOfRangeException.ThrowIfNegative(rows);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(firstRow + rows, Rows);
        var (start, count) = (firstRow * Length, rows * Length);
        return new BatchSlice(
            rows,
            Length,
            _buffer.Tokens.AsMemory(start, count),
            _buffer.Targets.AsMemory(start, count),
            _buffer.Provenance.AsMemory(firstRow, rows),
            Law.HasSegments ? _buffer.Segments.AsMemory(start, count) : default,
            Law.ResetsPositions ? _buffer.Positions.AsMemory(start, count) : default,
            FirstRow + firstRow);
    }

    /// <summary>
    /// The batch in micro-batches of at most <paramref name="tokens"/> ids each, so that memory is the same whatever the
    /// row length; a row longer than that is a micro-batch of its own.
    /// </summary>
    public IEnumerable<BatchSlice> MicroBatches(long tokens)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(tokens);
        var rowsPerSlice = (int)Math.Clamp(tokens / Length, 1, Math.Max(1, Rows));
        for (var row = 0; row < Rows; row += rowsPerSlice)
        {
            yield return Slice(row, Math.Min(rowsPerSlice, Rows - row));
        }
    }

    /// <summary>Hands the memory back for another step; slices and spans of the batch must not be used after it.</summary>
    public void Dispose()
    {
        Interlocked.Exchange(ref _release, null)?.Invoke(_buffer);
    }
}
