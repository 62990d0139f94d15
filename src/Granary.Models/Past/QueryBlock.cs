using Granary.Core.Randomness;
using Granary.Models.Attention;
using Granary.Models.Language;
using Granary.Models.Layers;
using Granary.Torch;
using Granary.Torch.Kernels;
using Granary.Torch.Modules;

namespace Granary.Models.Past;

/// <summary>
/// A block of the decoder: x + attention(norm(x) to the encoder), then the feed-forward part. Its positions do not see
/// each other, so what is predicted of hidden positions is independent given what is visible.
/// </summary>
internal sealed class QueryBlock : Module
{
    [ComponentName(Name = "attention_norm")]
    private readonly Norm _norm;

    [ComponentName(Name = "q")]
    private readonly Projection _query;

    [ComponentName(Name = "kv")]
    private readonly Projection _keyValue;

    [ComponentName(Name = "attention_output")]
    private readonly Projection _output;

    [ComponentName(Name = "mlp")]
    private readonly PastFeedForward _feedForward;

    private readonly AttentionShape _queryShape; // of q alone, and of k and v: what is rotated and what is not
    private readonly AttentionShape _keyValueShape;
    private readonly ILayerKernels _kernels;

    public QueryBlock(PastSpec spec, RandomKey? key, ILayerKernels kernels)
    {
        var shape = spec.Attention;
        _queryShape = shape with { KeyHeads = 0 };
        _keyValueShape = shape with { Heads = 0 };
        _kernels = kernels;
        _norm = new Norm(spec.HiddenSize, isLayerNorm: true, spec.NormEpsilon, kernels);
        _query = new Projection(spec.HiddenSize, shape.QueryWidth, hasBias: true, spec.InitializerRange, key?.Use("q"), kernels);
        _keyValue = new Projection(spec.HiddenSize, 2L * shape.KeyWidth, hasBias: true, spec.InitializerRange, key?.Use("kv"), kernels) { Parts = [shape.KeyWidth, shape.KeyWidth] };
        _output = new Projection(shape.QueryWidth, spec.HiddenSize, hasBias: true, spec.InitializerRange, key?.Use("attention_output"), kernels);
        _feedForward = new PastFeedForward(spec, key?.Use("mlp"), kernels);
        RegisterComponents();
    }

    /// <summary>Rows [N, C] that ask and rows [N, C] of the encoder to [N, C].</summary>
    public Tensor Forward(BlockInput input) => Forward(input.X_NC, input.Memory_NC!, input.Batch, input.Rotary!.Value, input.Mask);

    /// <summary>Rows [N, C] that ask and rows [N, C] of the encoder to [N, C].</summary>
    public Tensor Forward(Tensor x_NC, Tensor memory_NC, long batch, RotaryRows rotary, AttentionMask mask)
    {
        var (heads, dims, width) = (_queryShape.Heads, _queryShape.HeadDim, _keyValueShape.KeyWidth);
        var q_BTE = Rotated(_query.Forward(_norm.Forward(x_NC)), batch, _queryShape, rotary);
        var kv_BSP = Rotated(_keyValue.Forward(memory_NC), batch, _keyValueShape, rotary);
        var q_BTHD = q_BTE.view(batch, -1, heads, dims);
        var k_BSHD = kv_BSP.narrow(2, 0, width).view(batch, -1, heads, dims);
        var v_BSHD = kv_BSP.narrow(2, width, width).view(batch, -1, heads, dims);
        var attended_NE = _kernels.AttendAcross(q_BTHD, k_BSHD, v_BSHD, mask).view(x_NC.size(0), heads * dims);
        return _feedForward.Forward(x_NC + _output.Forward(attended_NE));
    }

    private Tensor Rotated(Tensor rows_NP, long batch, AttentionShape shape, RotaryRows rotary)
    {
        return _kernels.Rotate(rows_NP.view(batch, -1, shape.PackedWidth), shape, rotary.Cos_TR, rotary.Sin_TR);
    }
}
