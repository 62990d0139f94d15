namespace Granary.Torch.Modules;

/// <summary>Rows brought to a mean square of 1, then scaled.</summary>
public sealed class RMSNorm : Module
{
    [ComponentName(Name = "weight")]
    private readonly Tensor _weight;

    private readonly double _epsilon;

    /// <summary>Starts with weight 1.</summary>
    public RMSNorm(long normalized_shape, double eps = 1e-5)
    {
        _epsilon = eps;
        _weight = torch.ones([normalized_shape], requires_grad: true);
        RegisterComponents();
    }

    /// <summary>[dim].</summary>
    public Tensor weight => _weight;

    /// <summary>[..., dim] to the same shape.</summary>
    public Tensor forward(Tensor input) => torch.nn.functional.rms_norm(input, _weight, _epsilon);
}
