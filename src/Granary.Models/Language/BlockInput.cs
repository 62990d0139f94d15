using Granary.Models.Layers;
using Granary.Torch;
using Granary.Torch.Kernels;

namespace Granary.Models.Language;

/// <summary>All that a block reads besides its parameters.</summary>
/// <param name="X_NC">The rows that go in.</param>
/// <param name="Batch">Rows B of the input; N = B * T.</param>
/// <param name="Rotary">The angles of the positions; null where the model learns positions.</param>
/// <param name="Mask">Which positions see which.</param>
/// <param name="Delta_NC">What is to be added to the rows first; null for nothing.</param>
/// <param name="Memory_NC">Rows of an encoder that the block looks at; null where it has none.</param>
internal sealed record BlockInput(Tensor X_NC, long Batch, RotaryRows? Rotary, AttentionMask Mask, Tensor? Delta_NC = null, Tensor? Memory_NC = null)
{
    /// <summary>Every tensor of it, in a fixed order: the rows that go in, what is added to them, then the rest.</summary>
    public IReadOnlyList<Tensor> Tensors => [.. new[] { X_NC, Delta_NC, Memory_NC, Rotary?.Cos_TR, Rotary?.Sin_TR }.OfType<Tensor>(), .. Mask.Vectors];

    /// <summary>The same over other tensors, in the order of <see cref="Tensors"/>.</summary>
    public BlockInput Over(IReadOnlyList<Tensor> tensors)
    {
        var left = new Queue<Tensor>(tensors);
        return new BlockInput(
            left.Dequeue(),
            Batch,
            Delta_NC: Delta_NC is null ? null : left.Dequeue(),
            Memory_NC: Memory_NC is null ? null : left.Dequeue(),
            Rotary: Rotary is null ? null : new RotaryRows(left.Dequeue(), left.Dequeue()),
            Mask: Mask.WithVectors(left));
    }
}
