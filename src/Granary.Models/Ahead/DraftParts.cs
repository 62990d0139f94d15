using Granary.Models.Decoder;
using Granary.Models.Layers;
using Granary.Torch;

namespace Granary.Models.Ahead;

/// <summary>What heads use of their model to draft.</summary>
/// <param name="Spec">The model's shape.</param>
/// <param name="Rotary">The angles of positions; null where the model learns positions.</param>
/// <param name="Embed">Ids [N] to rows [N, C].</param>
/// <param name="Logits">Rows [M, C] before the final norm to logits [M, V].</param>
internal sealed record DraftParts(DecoderSpec Spec, RotaryTable? Rotary, Func<Tensor, Tensor> Embed, Func<Tensor, Tensor> Logits);
