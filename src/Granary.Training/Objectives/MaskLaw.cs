using Granary.Data.Batching;
using Granary.Torch.Kernels;
using Granary.Training.Feeding;

namespace Granary.Training.Objectives;

/// <summary>
/// Which positions of a row see which, as plain vectors: position i sees j iff they are of one segment (or j is an anchor),
/// j's segment is not 0, and rank_k[j] is at most rank_q[i].
/// </summary>
public sealed record MaskLaw
{
    private MaskLaw()
    {
    }

    /// <summary>Every position sees itself and all in front of it.</summary>
    public static MaskLaw Causal { get; } = new() { Order = AttentionOrder.Causal };

    /// <summary>Every position sees every position.</summary>
    public static MaskLaw Full { get; } = new() { Order = AttentionOrder.Full };

    /// <summary>How positions are ordered.</summary>
    public AttentionOrder Order { get; private init; }

    /// <summary>Segments, [B, T], 0 for positions that nobody sees; empty for one that holds all.</summary>
    public ReadOnlyMemory<int> Segments { get; private init; }

    /// <summary>Other than 0 for positions that every segment sees, [B, T]; empty for none.</summary>
    public ReadOnlyMemory<byte> Anchors { get; private init; }

    /// <summary>Ranks of positions that look, [B, T], for ranked order.</summary>
    public ReadOnlyMemory<int> RankQ { get; private init; }

    /// <summary>Ranks of positions that are looked at, [B, T], for ranked order.</summary>
    public ReadOnlyMemory<int> RankK { get; private init; }

    /// <summary>Ranks decide: j is seen when its rank is at most the rank of the one that looks.</summary>
    public static MaskLaw Ranked(ReadOnlyMemory<int> rankQ, ReadOnlyMemory<int> rankK)
    {
        return new MaskLaw { Order = AttentionOrder.Ranked, RankQ = rankQ, RankK = rankK };
    }

    /// <summary>The same order inside the segments of some rows, or everywhere where those have none.</summary>
    public MaskLaw Within(BatchSlice rows)
    {
        return this with { Segments = rows.Segments };
    }

    /// <summary>The same order inside segments; an anchor is seen from all of them.</summary>
    public MaskLaw Within(ReadOnlyMemory<int> segments, ReadOnlyMemory<byte> anchors = default)
    {
        return this with { Segments = segments, Anchors = anchors };
    }

    /// <summary>The law of some columns of rows of a length: causal order is written out as ranks, the columns in the whole row.</summary>
    public MaskLaw Slice(int rows, int length, ReadOnlySpan<int> columns)
    {
        var causal = Order == AttentionOrder.Causal ? Repeated(columns, rows) : null;
        return this with
        {
            Order = Order == AttentionOrder.Causal ? AttentionOrder.Ranked : Order,
            Segments = RowColumns.Take(Segments, length, columns),
            Anchors = RowColumns.Take(Anchors, length, columns),
            RankQ = causal ?? RowColumns.Take(RankQ, length, columns),
            RankK = causal ?? RowColumns.Take(RankK, length, columns),
        };
    }

    /// <summary>The kernels' form, in the caller's dispose scope.</summary>
    public AttentionMask ToMask(int rows, int length) => ToMask(this, rows, length, length);

    /// <summary>The kernels' form for positions under this law that look at those of another slice of the same rows, in the caller's dispose scope.</summary>
    public AttentionMask ToMask(MaskLaw keys, int rows, int length, int keyLength) => ToMask(keys, rows, length, keyLength, FreshTensors.Instance);

    /// <summary>The same, its vectors fed.</summary>
    internal AttentionMask ToMask(MaskLaw keys, int rows, int length, int keyLength, ITensorFeed feed)
    {
        var order = Order switch
        {
            AttentionOrder.Full => AttentionMask.Full,
            AttentionOrder.Causal => AttentionMask.Causal(),
            _ => AttentionMask.Ranked(feed.Next(RankQ.Span, rows, length), feed.Next(keys.RankK.Span, rows, keyLength)),
        };
        if (Segments.IsEmpty)
        {
            return order;
        }

        var segments_BT = feed.Next(Segments.Span, rows, length);
        var keySegments_BS = ReferenceEquals(this, keys) ? segments_BT : feed.Next(keys.Segments.Span, rows, keyLength);
        return order.WithSegments(segments_BT, keySegments_BS, keys.Anchors.IsEmpty ? null : feed.Next(keys.Anchors.Span, rows, keyLength));
    }

    private static int[] Repeated(ReadOnlySpan<int> columns, int rows)
    {
        var repeated = new int[rows * columns.Length];
        for (var row = 0; row < rows; row++)
        {
            columns.CopyTo(repeated.AsSpan(row * columns.Length));
        }

        return repeated;
    }
}
