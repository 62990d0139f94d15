namespace Granary.Torch.Kernels;

/// <summary>
/// Which keys a query sees: key j is seen by query i iff segment_k[j] is not 0, segment_q[i] = segment_k[j] or j is an
/// anchor, and rank_k[j] is at most rank_q[i]. Covers causal, full, prefix, visible-only and permuted orders.
/// </summary>
public sealed record AttentionMask
{
    private AttentionMask()
    {
    }

    /// <summary>Every query sees every key.</summary>
    public static AttentionMask Full { get; } = new();

    /// <summary>How keys are ordered.</summary>
    public AttentionOrder Order { get; private init; }

    /// <summary>For causal order: query i sees keys up to i plus this.</summary>
    public long CausalOffset { get; private init; }

    /// <summary>int32 [B, Tq], or null for one segment that holds all.</summary>
    public Tensor? SegmentQ { get; private init; }

    /// <summary>int32 [B, Tk]; 0 marks a key that nobody sees.</summary>
    public Tensor? SegmentK { get; private init; }

    /// <summary>uint8 [B, Tk]; keys other than 0 are seen from every segment.</summary>
    public Tensor? AnchorK { get; private init; }

    /// <summary>int32 [B, Tq], for ranked order.</summary>
    public Tensor? RankQ { get; private init; }

    /// <summary>int32 [B, Tk], for ranked order.</summary>
    public Tensor? RankK { get; private init; }

    /// <summary>
    /// Which positions of the rows queries and keys are, where they are some of them only; null for all. The law is that of the
    /// whole rows: its vectors are as long as they are.
    /// </summary>
    public AttentionSlice? Slice { get; private init; }

    /// <summary>The vectors that the law has, in a fixed order.</summary>
    public IReadOnlyList<Tensor> Vectors => [.. new[] { RankQ, RankK, SegmentQ, SegmentK, AnchorK }.OfType<Tensor>()];

    /// <summary>Query i sees keys up to i + <paramref name="offset"/>.</summary>
    public static AttentionMask Causal(long offset = 0)
    {
        return new AttentionMask { Order = AttentionOrder.Causal, CausalOffset = offset };
    }

    /// <summary>Ranks decide: a key is seen when its rank is at most the query's.</summary>
    public static AttentionMask Ranked(Tensor rank_q, Tensor rank_k)
    {
        return new AttentionMask { Order = AttentionOrder.Ranked, RankQ = rank_q, RankK = rank_k };
    }

    /// <summary>The same order inside segments; an anchor key is seen from all of them.</summary>
    public AttentionMask WithSegments(Tensor segment_q, Tensor segment_k, Tensor? anchor_k = null)
    {
        return this with { SegmentQ = segment_q, SegmentK = segment_k, AnchorK = anchor_k };
    }

    /// <summary>The law of whole rows for some of their positions, which are the queries and the keys.</summary>
    public AttentionMask Of(AttentionSlice slice)
    {
        return this with { Slice = slice };
    }

    /// <summary>The order and the slice alone, without segments.</summary>
    public AttentionMask WithoutSegments()
    {
        return this with { SegmentQ = null, SegmentK = null, AnchorK = null };
    }

    /// <summary>The law over other vectors, of which there are as many, in the order of <see cref="Vectors"/>.</summary>
    public AttentionMask WithVectors(IEnumerable<Tensor> vectors)
    {
        var left = new Queue<Tensor>(vectors);
        Tensor? Next(Tensor? present) => present is null ? null : left.Dequeue();
        return this with { RankQ = Next(RankQ), RankK = Next(RankK), SegmentQ = Next(SegmentQ), SegmentK = Next(SegmentK), AnchorK = Next(AnchorK) };
    }

    /// <summary>The law written out: bool [B or 1, 1, Tq, Tk], true where a key is seen. Costs Tq x Tk memory.</summary>
    /// <exception cref="InvalidOperationException">The law is one of a slice.</exception>
    public Tensor ToDense(long queryLength, long keyLength)
    {
        RequireWhole();
        using var scope = torch.NewDisposeScope();
        var query_Q1 = torch.arange(queryLength).unsqueeze(1);
        var key_1K = torch.arange(keyLength).unsqueeze(0);
        var seen_BQK = Order switch
        {
            AttentionOrder.Full => torch.ones([1, queryLength, keyLength], ScalarType.Bool),
            AttentionOrder.Causal => key_1K.le(query_Q1.add(CausalOffset)).unsqueeze(0),
            _ => RankK!.unsqueeze(1).le(RankQ!.unsqueeze(2)),
        };
        if (SegmentK is not null)
        {
            var same_BQK = SegmentQ!.unsqueeze(2).eq(SegmentK.unsqueeze(1));
            if (AnchorK is not null)
            {
                same_BQK = same_BQK.logical_or(AnchorK.ne(0).unsqueeze(1));
            }

            seen_BQK = seen_BQK.logical_and(same_BQK).logical_and(SegmentK.ne(0).unsqueeze(1));
        }

        return seen_BQK.unsqueeze(1).MoveToOuterDisposeScope();
    }

    /// <summary>Refuses a slice, for kernels that see nothing but their own queries and keys.</summary>
    internal void RequireWhole()
    {
        if (Slice is not null)
        {
            throw new InvalidOperationException($"The mask is that of '{Slice}', but this kernel knows whole rows only and would leave out the other ranks' keys; use kernels for a sequence axis.");
        }
    }
}
