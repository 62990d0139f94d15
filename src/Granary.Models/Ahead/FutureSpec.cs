namespace Granary.Models.Ahead;

/// <summary>The small decoder that says the tokens behind a position from the position's state.</summary>
/// <param name="DecoderLayers">Its blocks.</param>
/// <param name="PseudoTokens">Vectors P that a state is expanded to, and the blocks look at.</param>
/// <param name="Stride">Of how many positions one is asked; it changes the cost, not the parameters.</param>
public sealed record FutureSpec(int DecoderLayers, int PseudoTokens, int Stride);
