using Granary.Core.Configuration;
using Granary.Core.Randomness;
using Granary.Models.Ahead;
using Granary.Models.Gpt2;
using Granary.Models.Layers;
using Granary.Models.Llama;

namespace Granary.Models.Language;

/// <summary>A model, in the words of Hugging Face's config.json.</summary>
[ConfigVariant(Gpt2Config.Name, typeof(Gpt2Config))]
[ConfigVariant(LlamaConfig.Name, typeof(LlamaConfig))]
public abstract record ModelConfig : IConfigSection
{
    /// <summary>Token ids. Default 0: as many as the tokenizer has.</summary>
    public int VocabSize { get; init; }

    /// <summary>Model width. Default 256.</summary>
    public int HiddenSize { get; init; } = 256;

    /// <summary>Blocks. Default 6.</summary>
    public int NumHiddenLayers { get; init; } = 6;

    /// <summary>Query heads, which divide hidden_size. Default 4.</summary>
    public int NumAttentionHeads { get; init; } = 4;

    /// <summary>The longest sequence, in tokens. Default 1,024.</summary>
    public int MaxPositionEmbeddings { get; init; } = 1_024;

    /// <summary>Standard deviation of initial weights. Default 0.02.</summary>
    public double InitializerRange { get; init; } = 0.02;

    /// <summary>Why the model cannot be trained with what an objective asks for; null when it can.</summary>
    public abstract string? Refuses(ModelNeeds needs);

    /// <summary>The model's shape for a vocabulary, with heads for tokens further ahead; <paramref name="vocabulary"/> counts where vocab_size is 0.</summary>
    public abstract ModelSpec SpecOf(int vocabulary, AheadSpec? ahead);

    /// <summary>The model for a vocabulary, with heads for tokens further ahead; without a key its parameters are arbitrary.</summary>
    public abstract LanguageModel Build(int vocabulary, AheadSpec? ahead, RandomKey? key, ILayerKernels kernels);

    /// <inheritdoc/>
    public virtual void Validate(string path, ConfigurationErrors errors)
    {
        errors.Require(VocabSize >= 0, $"{path}.vocab_size", VocabSize, "0 (the tokenizer's) or more");
        errors.Require(HiddenSize > 0, $"{path}.hidden_size", HiddenSize, "greater than 0");
        errors.Require(NumHiddenLayers > 0, $"{path}.num_hidden_layers", NumHiddenLayers, "greater than 0");
        errors.Require(
            NumAttentionHeads > 0 && HiddenSize % Math.Max(1, NumAttentionHeads) == 0, $"{path}.num_attention_heads", NumAttentionHeads, $"a divisor of hidden_size ({HiddenSize})");
        errors.Require(MaxPositionEmbeddings > 0, $"{path}.max_position_embeddings", MaxPositionEmbeddings, "greater than 0");
        errors.Require(InitializerRange > 0 && double.IsFinite(InitializerRange), $"{path}.initializer_range", InitializerRange, "greater than 0");
    }
}
