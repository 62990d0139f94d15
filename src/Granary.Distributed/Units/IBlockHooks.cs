using Granary.Torch;
using Granary.Torch.Modules;

namespace Granary.Distributed.Units;

/// <summary>Stands at the borders of a model's blocks, so that parameters come before a block is used and gradients go behind it.</summary>
public interface IBlockHooks
{
    /// <summary>Called before a block's parameters are used; the block reads what it returns for the input.</summary>
    Tensor Enter(Module block, Tensor input);

    /// <summary>Called when a block is through; what comes behind reads what it returns for the output.</summary>
    Tensor Leave(Module block, Tensor output);
}
