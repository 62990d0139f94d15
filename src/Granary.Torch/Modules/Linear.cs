namespace Granary.Torch.Modules;

/// <summary>x W^T + b, with W [out, in].</summary>
public sealed class Linear : Module
{
    [ComponentName(Name = "weight")]
    private readonly Tensor _weight;

    [ComponentName(Name = "bias")]
    private readonly Tensor? _bias;

    /// <summary>Draws weight and bias evenly from +-1/sqrt(in), as PyTorch does.</summary>
    public Linear(long in_features, long out_features, bool bias = true, Generator? generator = null)
    {
        using var mode = torch.no_grad();
        var bound = 1 / Math.Sqrt(in_features);
        _weight = torch.empty([out_features, in_features]).uniform_(-bound, bound, generator).requires_grad_();
        _bias = bias ? torch.empty([out_features]).uniform_(-bound, bound, generator).requires_grad_() : null;
        RegisterComponents();
    }

    /// <summary>[out, in].</summary>
    public Tensor weight => _weight;

    /// <summary>[out], or null.</summary>
    public Tensor? bias => _bias;

    /// <summary>[..., in] to [..., out].</summary>
    public Tensor forward(Tensor input) => torch.nn.functional.linear(input, _weight, _bias);
}
