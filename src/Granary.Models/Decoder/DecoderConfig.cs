using Granary.Core.Randomness;
using Granary.Models.Ahead;
using Granary.Models.Language;
using Granary.Models.Layers;

namespace Granary.Models.Decoder;

/// <summary>A decoder-only transformer of one of Hugging Face's families.</summary>
public abstract record DecoderConfig : ModelConfig
{
    /// <summary>The shape for a vocabulary; <paramref name="vocabulary"/> counts where vocab_size is 0.</summary>
    public abstract DecoderSpec ToSpec(int vocabulary);

    /// <summary>The family's tensor names in Hugging Face's checkpoints.</summary>
    public abstract IStateNames StateNames();

    /// <inheritdoc/>
    public override DecoderSpec SpecOf(int vocabulary, AheadSpec? ahead)
    {
        return ToSpec(vocabulary) with { Ahead = ahead is { Tokens: > 1 } ? ahead : null };
    }

    /// <inheritdoc/>
    public override DecoderModel Build(int vocabulary, AheadSpec? ahead, RandomKey? key, ILayerKernels kernels)
    {
        return new DecoderModel(SpecOf(vocabulary, ahead), key, kernels);
    }

    /// <inheritdoc/>
    public override string? Refuses(ModelNeeds needs)
    {
        if (needs.QueriesHidden)
        {
            return "a decoder has no query for a hidden position";
        }

        return needs.Ahead is { Kind: AheadKind.Parallel, Tokens: > 1 } && NumHiddenLayers < 2
            ? "parallel heads read what goes into the last of two or more blocks (num_hidden_layers)"
            : null;
    }
}
