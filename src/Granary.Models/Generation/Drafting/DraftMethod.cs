namespace Granary.Models.Generation.Drafting;

/// <summary>Where guesses of coming tokens are from; they change how fast a text is written, never which.</summary>
public enum DraftMethod
{
    /// <summary>No guesses: one token a model call.</summary>
    None,

    /// <summary>What followed the same tokens earlier in the text.</summary>
    Lookahead,

    /// <summary>What the model found likely behind the same token earlier (Luo et al., arXiv 2408.08696).</summary>
    Recycling,

    /// <summary>The model's extra heads.</summary>
    Heads,

    /// <summary>Lookahead and recycling in one tree: what costs next to nothing beside a call. Heads cost a block each, which pays for large models only.</summary>
    Auto,
}
