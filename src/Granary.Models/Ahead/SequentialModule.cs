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
        return _block.Forward(Joined(hidden_NC, told_NC), input.Rows, rotary, input.Mask);
    }

    /// <summary>The same for the rows that follow those in a cache, which takes them in.</summary>
    public Tensor Forward(Tensor hidden_NC, Tensor told_NC, KeyValueCache cache, RotaryRows? rotary)
    {
        var states_NC = _block.Forward(Joined(hidden_NC, told_NC), batch: 1, rotary, cache, layer: 0, tree: null);
        cache.Advance((int)hidden_NC.size(0));
        return states_NC;
    }

    private Tensor Joined(Tensor hidden_NC, Tensor told_NC)
    {
        return _projection.Forward(torch.cat([_embeddingNorm.Forward(told_NC), _hiddenNorm.Forward(hidden_NC)], dim: 1));
    }
}
