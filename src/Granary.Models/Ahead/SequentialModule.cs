using Granary.Core.Randomness;
using Granary.Models.Decoder;
using Granary.Models.Language;
using Granary.Models.Layers;
using Granary.Torch;
using Granary.Torch.Modules;

namespace Granary.Models.Ahead;

/// <summary>One link of the chain.</summary>
internal sealed class SequentialModule : Module
{
    [ComponentName(Name = "embedding_norm")]
    private readonly Norm _embeddingNorm;

    [ComponentName(Name = "hidden_norm")]
    private readonly Norm _hiddenNorm;

    [ComponentName(Name = "projection")]
    private readonly Projection _projection;

    [ComponentName(Name = "block")]
    private readonly DecoderBlock _block;

    public SequentialModule(DecoderSpec spec, RandomKey? key, ILayerKernels kernels)
    {
        _embeddingNorm = new Norm(spec.HiddenSize, spec.UsesLayerNorm, spec.NormEpsilon, kernels);
        _hiddenNorm = new Norm(spec.HiddenSize, spec.UsesLayerNorm, spec.NormEpsilon, kernels);
        _projection = new Projection(2 * spec.HiddenSize, spec.HiddenSize, hasBias: false, spec.InitializerRange, key?.Use("projection"), kernels);
        _block = new DecoderBlock(spec, key?.Use("block"), kernels);
        RegisterComponents();
    }

    /// <summary>States [N, C] and told embeddings [N, C] to states [N, C].</summary>
    public Tensor Forward(Tensor hidden_NC, Tensor told_NC, ModelInput input, RotaryRows? rotary)
    {
        var joined_N2C = torch.cat([_embeddingNorm.Forward(told_NC), _hiddenNorm.Forward(hidden_NC)], dim: 1);
        return _block.Forward(_projection.Forward(joined_N2C), input.Rows, rotary, input.Mask);
    }
}
