namespace Granary.Models.Ahead;

/// <summary>The heads for tokens further ahead than the next.</summary>
/// <param name="Kind">How they are built.</param>
/// <param name="Tokens">Tokens predicted from each position, the next one included: 1 has no further heads.</param>
public sealed record AheadSpec(AheadKind Kind, int Tokens);
