namespace Granary.Models.Ahead;

/// <summary>The heads for tokens further ahead than the next.</summary>
/// <param name="Kind">How they are built.</param>
/// <param name="Tokens">Tokens predicted from each position, the next one included.</param>
/// <param name="Future">The shape of the small decoder, for <see cref="AheadKind.Future"/>; null for the other kinds.</param>
public sealed record AheadSpec(AheadKind Kind, int Tokens, FutureSpec? Future = null)
{
    /// <summary>Whether a model has modules for this besides its own: a future decoder predicts the next token too, the other kinds leave that to the model.</summary>
    public bool HasModules => Kind == AheadKind.Future || Tokens > 1;
}
