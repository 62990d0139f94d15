namespace Granary.Torch.Modules;

/// <summary>Sets a share of the elements to zero in training and scales the others up.</summary>
public sealed class Dropout(double p = 0.5) : Module
{
    /// <summary>Any shape to the same shape.</summary>
    public Tensor forward(Tensor input) => torch.nn.functional.dropout(input, p, training);
}
