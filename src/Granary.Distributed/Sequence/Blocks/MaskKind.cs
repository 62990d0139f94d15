namespace Granary.Distributed.Sequence.Blocks;

/// <summary>What a law is for some queries and keys.</summary>
internal enum MaskKind
{
    /// <summary>No query sees a key.</summary>
    Hidden,

    /// <summary>Every query sees every key.</summary>
    Full,

    /// <summary>Query i sees keys up to i plus an offset.</summary>
    Causal,

    /// <summary>Ranks decide.</summary>
    Ranked,
}
