namespace Granary.Torch.Kernels;

/// <summary>How the keys of a segment are ordered for its queries, with the native kernel's numbers.</summary>
public enum AttentionOrder
{
    /// <summary>No order: all are seen.</summary>
    Full = 0,

    /// <summary>By position.</summary>
    Causal = 1,

    /// <summary>By rank vectors.</summary>
    Ranked = 2,
}
