namespace Granary.Torch.Kernels;

/// <summary>Which positions of a row a rank has.</summary>
public enum AttentionSliceOrder
{
    /// <summary>Rank r has the r-th part of the row.</summary>
    Contiguous,

    /// <summary>Of twice as many chunks as ranks, rank r has chunk r and the r-th from the end.</summary>
    Zigzag,
}
