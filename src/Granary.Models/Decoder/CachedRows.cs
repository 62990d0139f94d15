using Granary.Torch;

namespace Granary.Models.Decoder;

/// <summary>What a model makes of the next tokens of a text.</summary>
/// <param name="Hidden_NC">The final norm's output, of which logits are made.</param>
/// <param name="Trunk_NC">What the heads for tokens further ahead read.</param>
public readonly record struct CachedRows(Tensor Hidden_NC, Tensor Trunk_NC);
