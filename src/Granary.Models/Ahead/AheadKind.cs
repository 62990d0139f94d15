namespace Granary.Models.Ahead;

/// <summary>How tokens further ahead are predicted.</summary>
public enum AheadKind
{
    /// <summary>A block for each distance, all on the same trunk (Gloeckle et al., arXiv 2404.19737).</summary>
    Parallel,

    /// <summary>A chain of modules, each told one more token (DeepSeek-AI, arXiv 2412.19437).</summary>
    Sequential,

    /// <summary>A small decoder over a pseudo-sequence made of each position's state (Walker, arXiv 2410.18160).</summary>
    Future,
}
