namespace Granary.Models.Generation;

/// <summary>One token of a text that is being written.</summary>
/// <param name="Id">The token.</param>
/// <param name="Position">Its place in the text, the prompt included, from 0.</param>
/// <param name="Stop">Why it is the last one; None for all others.</param>
public readonly record struct GeneratedToken(int Id, int Position, StopReason Stop);
