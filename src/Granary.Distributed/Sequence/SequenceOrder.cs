namespace Granary.Distributed.Sequence;

/// <summary>Which positions of a row a rank owns.</summary>
public enum SequenceOrder
{
    /// <summary>Rank r owns the r-th part of the row.</summary>
    Contiguous,

    /// <summary>Of twice as many chunks as ranks, rank r owns chunk r and the r-th from the end: under a causal mask all have the same work.</summary>
    Zigzag,
}
