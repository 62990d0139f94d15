using Granary.Torch;

namespace Granary.Distributed.Units;

/// <summary>Hands a tensor on unchanged, and says when backward passes.</summary>
internal sealed class BlockBorder : AutogradFunction
{
    private readonly Action _passed;

    public BlockBorder(Action passed)
    {
        _passed = passed;
    }

    protected override Tensor[] forward(Tensor[] inputs) => [inputs[0].detach()];

    protected override Tensor?[] backward(Tensor?[] gradients)
    {
        _passed();
        return gradients;
    }
}
