using Granary.Torch;

namespace Granary.Models.Generation.Drafting;

/// <summary>
/// Extra heads of a model that guess the tokens behind the next one, in one text. Parallel heads read a row of the trunk
/// each, with a cache of their own; sequential modules read a row and the token that follows it, then their own guesses.
/// </summary>
public interface IDraftHeads : IDisposable
{
    /// <summary>Heads; head k, from 0, guesses the token k + 1 places behind the newest one.</summary>
    int Count { get; }

    /// <summary>
    /// Whether a head's logits hold only where every earlier head's likeliest token comes: sequential modules read their own
    /// guesses. Parallel heads know nothing of each other, so any combination may be drafted.
    /// </summary>
    bool FollowLikeliest { get; }

    /// <summary>
    /// Takes in tokens that stay in the text, in its order and without gaps: their rows in the last model call's trunk
    /// [T, C], and the token that follows each. The last following token is the newest; it is not read yet.
    /// </summary>
    void Read(Tensor trunk_TC, ReadOnlySpan<int> rows, ReadOnlySpan<int> following);

    /// <summary>The logits [heads, V] of the tokens behind the newest one; asked at most once after a reading.</summary>
    Tensor Logits();
}
