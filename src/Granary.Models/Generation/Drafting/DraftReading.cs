using Granary.Torch;

namespace Granary.Models.Generation.Drafting;

/// <summary>One model call as a drafter sees it.</summary>
internal readonly ref struct DraftReading
{
    /// <summary>The tokens read, those of rejected guesses included.</summary>
    public required ReadOnlySpan<int> Tokens { get; init; }

    /// <summary>Which of them stay in the text, in its order.</summary>
    public required ReadOnlySpan<int> Rows { get; init; }

    /// <summary>The token that follows each of these; the last one is the text's newest and not read yet.</summary>
    public required ReadOnlySpan<int> Following { get; init; }

    /// <summary>The rows of all tokens read that extra heads read.</summary>
    public required Tensor Trunk_TC { get; init; }

    /// <summary>The logits behind all tokens read; null for the prompt, whose next tokens are known.</summary>
    public Tensor? Logits_TV { get; init; }
}
