namespace Granary.Torch.Modules;

/// <summary>Rows brought to mean 0 and variance 1, then scaled and shifted.</summary>
public sealed class LayerNorm : Module
{
    [ComponentName(Name = "weight")]
    private readonly Tensor _weight;

    [ComponentName(Name = "bias")]
    private readonly Tensor? _bias;

    private readonly double _epsilon;

    /// <summary>Starts with weight 1 and bias 0.</summary>
    public LayerNorm(long normalized_shape, double eps = 1e-5, bool bias = true)
    {
        _epsilon = eps;
        _weight = torch.ones([normalized_shape], requires_grad: true);
        _bias = bias ? torch.zeros([normalized_shape], requires_grad: true) : null;
        RegisterComponents();
    }

    /// <summary>[dim].</summary>
    public Tensor weight => _weight;

    /// <summary>[dim], or null.</summary>
    public Tensor? bias => _bias;

    /// <summary>[..., dim] to the same shape.</summary>
    public Tensor forward(Tensor input) => torch.nn.functional.layer_norm(input, _weight, _bias, _epsilon);
}
