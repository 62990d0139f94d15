using Granary.Core.Randomness;
using Granary.Models.Attention;
using Granary.Models.Language;
using Granary.Models.Layers;
using Granary.Torch;
using Granary.Torch.Kernels;
using Granary.Torch.Modules;

namespace Granary.Models.Past;

/// <summary>A block of the encoder: x + self-attention(norm(x)), then the feed-forward part.</summary>
internal sealed class EncoderBlock : Module
{
    [ComponentName(Name = "attention_norm")]
    private readonly Norm _norm;

    [ComponentName(Name = "qkv")]
    private readonly Projection _packed;

    [ComponentName(Name = "attention_output")]
    private readonly Projection _output;

    [ComponentName(Name = "mlp")]
    private readonly PastFeedForward _feedForward;

    private readonly AttentionShape _shape;
    private readonly ILayerKernels _kernels;

    public EncoderBlock(PastSpec spec, RandomKey? key, ILayerKernels kernels)
    {
        _shape = spec.Attention;
        _kernels = kernels;
        _norm = new Norm(spec.HiddenSize, isLayerNorm: true, spec.NormEpsilon, kernels);
        _packed = new Projection(spec.HiddenSize, _shape.PackedWidth, hasBias: true, spec.InitializerRange, key?.Use("qkv"), kernels) { Parts = _shape.PackedParts };
        _output = new Projection(_shape.QueryWidth, spec.HiddenSize, hasBias: true, spec.InitializerRange, key?.Use("attention_output"), kernels);
        _feedForward = new PastFeedForward(spec, key?.Use("mlp"), kernels);
        RegisterComponents();
    }

    /// <summary>[N, C] to [N, C], N = batch * length.</summary>
    public Tensor Forward(BlockInput input) => Forward(input.X_NC, input.Batch, input.Rotary!.Value, input.Mask);

    /// <summary>[N, C] to [N, C], N = batch * length.</summary>
    public Tensor Forward(Tensor x_NC, long batch, RotaryRows rotary, AttentionMask mask)
    {
        var packed_BTP = _packed.Forward(_norm.Forward(x_NC)).view(batch, -1, _shape.PackedWidth);
        var attended_BTC = _kernels.AttendRotated(packed_BTP, _shape, rotary.Cos_TR, rotary.Sin_TR, mask);
        return _feedForward.Forward(x_NC + _output.Forward(attended_BTC.view(x_NC.size(0), _shape.QueryWidth)));
    }
}
