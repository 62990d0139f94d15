using Granary.Torch.Operators;

namespace Granary.Torch;

public sealed unsafe partial class Tensor
{
    private static readonly Operator PinMemory = Operator.Find("aten::pin_memory");

    /// <summary>A copy in main memory that a CUDA device copies from and to without a thread waiting for it.</summary>
    public Tensor pin_memory() => PinMemory.Call(this);
}
