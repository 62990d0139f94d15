using Granary.Core.Randomness;
using Granary.Models.Decoder;
using Granary.Models.Layers;
using Granary.Torch;
using Granary.Torch.Kernels;
using Granary.Torch.Modules;

namespace Granary.Models.Ahead;

/// <summary>A block of the future decoder: x + attention(norm(x), pseudo-sequence), then a decoder's block over the tokens told.</summary>
internal sealed class FutureBlock : Module
{
    [ComponentName(Name = "cross_norm")]
    private readonly Norm _crossNorm;

    [ComponentName(Name = "cross_query")]
    private readonly Projection _query;

    [ComponentName(Name = "cross_key_value")]
    private readonly Projection _keyValue;

    [ComponentName(Name = "cross_output")]
    private readonly Projection _crossOutput;

    [ComponentName(Name = "block")]
    private readonly DecoderBlock _block;

    private readonly DecoderSpec _spec;
    private readonly ILayerKernels _kernels;

    public FutureBlock(DecoderSpec spec, RandomKey? key, ILayerKernels kernels)
    {
        var (shape, width, deviation) = (spec.Attention, spec.HiddenSize, spec.InitializerRange);
        _spec = spec;
        _kernels = kernels;
        _crossNorm = new Norm(width, spec.UsesLayerNorm, spec.NormEpsilon, kernels);
        _query = new Projection(width, shape.QueryWidth, hasBias: false, deviation, key?.Use("cross_query"), kernels);
        _keyValue = new Projection(width, 2 * shape.KeyWidth, hasBias: false, deviation, key?.Use("cross_key_value"), kernels) { Parts = [shape.KeyWidth, shape.KeyWidth] };
        _crossOutput = new Projection(shape.QueryWidth, width, hasBias: false, deviation, key?.Use("cross_output"), kernels);
        _block = new DecoderBlock(spec, key?.Use("block"), kernels);
        RegisterComponents();
    }

    /// <summary>Tokens [S * N, C] of S positions and their pseudo-sequences [S * P, C] to [S * N, C].</summary>
    public Tensor Forward(Tensor x_MC, Tensor pseudo_QC, long positions)
    {
        var attended_ME = Attended(x_MC, pseudo_QC, positions).view(x_MC.size(0), _spec.Attention.QueryWidth);
        var middle_MC = x_MC + _crossOutput.Forward(attended_ME);
        return _block.Forward(middle_MC, positions, rotary: null, AttentionMask.Causal());
    }

    private Tensor Attended(Tensor x_MC, Tensor pseudo_QC, long positions)
    {
        var shape = _spec.Attention;
        var q_SNHD = _query.Forward(_crossNorm.Forward(x_MC)).view(positions, -1, shape.Heads, shape.HeadDim);
        var kv_SPGD = _keyValue.Forward(pseudo_QC).view(positions, -1, 2 * shape.KeyHeads, shape.HeadDim);
        var k_SPGD = kv_SPGD.narrow(2, 0, shape.KeyHeads);
        var v_SPGD = kv_SPGD.narrow(2, shape.KeyHeads, shape.KeyHeads);
        return _kernels.AttendAcross(q_SNHD, k_SPGD, v_SPGD, AttentionMask.Full);
    }
}
