using Granary.Core.Randomness;
using Granary.Models.Language;
using Granary.Models.Layers;
using Granary.Torch;
using Granary.Torch.Kernels;
using Granary.Torch.Modules;

namespace Granary.Models.Decoder;

/// <summary>One block: x + attention(norm(x)), then x + feed-forward(norm(x)).</summary>
internal sealed class DecoderBlock : Module
{
    [ComponentName(Name = "attention_norm")]
    private readonly Norm _attentionNorm;

    [ComponentName(Name = "qkv")]
    private readonly Projection _packed;

    [ComponentName(Name = "attention_output")]
    private readonly Projection _attentionOutput;

    [ComponentName(Name = "mlp_norm")]
    private readonly Norm _mlpNorm;

    [ComponentName(Name = "mlp_up")]
    private readonly Projection _up;

    [ComponentName(Name = "mlp_down")]
    private readonly Projection _down;

    private readonly DecoderSpec _spec;
    private readonly ILayerKernels _kernels;

    public DecoderBlock(DecoderSpec spec, RandomKey? key, ILayerKernels kernels)
    {
        var attentionBias = spec.HasBias || spec.HasAttentionBias;
        var deviation = spec.InitializerRange;
        var residualDeviation = spec.ScalesResidualInit ? deviation / Math.Sqrt(2.0 * spec.NumHiddenLayers) : deviation;
        _spec = spec;
        _kernels = kernels;
        _attentionNorm = new Norm(spec.HiddenSize, spec.UsesLayerNorm, spec.NormEpsilon, kernels);
        _packed = new Projection(spec.HiddenSize, spec.Attention.PackedWidth, attentionBias, deviation, key?.Use("qkv"), kernels) { Parts = spec.Attention.PackedParts };
        _attentionOutput = new Projection(spec.Attention.QueryWidth, spec.HiddenSize, attentionBias, residualDeviation, key?.Use("attention_output"), kernels);
        _mlpNorm = new Norm(spec.HiddenSize, spec.UsesLayerNorm, spec.NormEpsilon, kernels);
        _up = new Projection(spec.HiddenSize, spec.UpWidth, spec.HasBias, deviation, key?.Use("mlp_up"), kernels) { Parts = spec.UpParts };
        _down = new Projection(spec.IntermediateSize, spec.HiddenSize, spec.HasBias, residualDeviation, key?.Use("mlp_down"), kernels);
        RegisterComponents();
    }

    /// <summary>[N, C] to [N, C], N = batch * length.</summary>
    public Tensor Forward(Tensor x_NC, long batch, RotaryRows? rotary, AttentionMask mask) => Forward(new BlockInput(x_NC, batch, rotary, mask));

    /// <summary>The same of all that it reads.</summary>
    public Tensor Forward(BlockInput input)
    {
        using var scope = torch.NewDisposeScope();
        var (middle_NC, delta_NC) = ForwardApart(input);
        return (middle_NC + delta_NC).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// The same between two blocks: what the one before adds comes apart from what it adds to, and so does what this one adds, so
    /// that each addition is one pass with the norm behind it.
    /// </summary>
    public (Tensor X_NC, Tensor Delta_NC) ForwardApart(BlockInput input)
    {
        var (x_NC, mask) = (input.X_NC, input.Mask);

        // Only the graph holds what is computed on the way: what backward does not need goes here, the rest as backward passes it.
        using var scope = torch.NewDisposeScope();
        var (entered_NC, normed_NC) = input.Delta_NC is { } delta_NC ? _attentionNorm.Forward(x_NC, delta_NC) : (x_NC, _attentionNorm.Forward(x_NC));
        var packed_BTP = Packed(normed_NC, input.Batch);
        var attended_BTE = input.Rotary is { } rows
            ? _kernels.AttendRotated(packed_BTP, _spec.Attention, rows.Cos_TR, rows.Sin_TR, mask)
            : _kernels.Attend(packed_BTP, _spec.Attention, mask);
        var (middle_NC, added_NC) = Finish(entered_NC, attended_BTE);
        return (middle_NC.MoveToOuterDisposeScope(), added_NC.MoveToOuterDisposeScope());
    }

    /// <summary>The same with keys and values of earlier tokens; writes those of these tokens behind them.</summary>
    public Tensor Forward(Tensor x_NC, long batch, RotaryRows? rotary, KeyValueCache cache, int layer, TokenTree? tree)
    {
        var shape = _spec.Attention;
        var packed_BTP = Packed(_attentionNorm.Forward(x_NC), batch);
        packed_BTP = rotary is { } rows ? _kernels.Rotate(packed_BTP, shape, rows.Cos_TR, rows.Sin_TR) : packed_BTP;
        var length = packed_BTP.size(1);
        var q_BTHD = packed_BTP.narrow(2, 0, shape.QueryWidth).view(batch, length, shape.Heads, shape.HeadDim);
        var k_BTGD = packed_BTP.narrow(2, shape.QueryWidth, shape.KeyWidth).view(batch, length, shape.KeyHeads, shape.HeadDim);
        var v_BTGD = packed_BTP.narrow(2, shape.QueryWidth + shape.KeyWidth, shape.KeyWidth).view(batch, length, shape.KeyHeads, shape.HeadDim);
        var (k_BSGD, v_BSGD) = cache.Append(layer, k_BTGD, v_BTGD);
        var attended_BTE = _kernels.AttendCached(q_BTHD, k_BSGD, v_BSGD, tree);
        var (middle_NC, added_NC) = Finish(x_NC, attended_BTE);
        return middle_NC + added_NC;
    }

    private Tensor Packed(Tensor normed_NC, long batch)
    {
        var packed_NP = _packed.Forward(normed_NC);
        return packed_NP.view(batch, packed_NP.size(0) / batch, _spec.Attention.PackedWidth);
    }

    private (Tensor Middle_NC, Tensor Added_NC) Finish(Tensor x_NC, Tensor attended_BTE)
    {
        var attended_NE = attended_BTE.view(x_NC.size(0), _spec.Attention.QueryWidth);
        var (middle_NC, normed_NC) = _mlpNorm.Forward(x_NC, _attentionOutput.Forward(attended_NE));
        var up_NU = _up.Forward(normed_NC);
        var inner_NF = _spec.Activation switch
        {
            DecoderActivation.SwiGlu => _kernels.SwiGlu(up_NU),
            DecoderActivation.Gelu => _kernels.Gelu(up_NU, isTanh: false),
            _ => _kernels.Gelu(up_NU, isTanh: true),
        };
        return (middle_NC, _down.Forward(inner_NF));
    }
}
