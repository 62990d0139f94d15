using Granary.Models.Decoder;
using Granary.Models.Gpt2;
using Granary.Models.Llama;

namespace Granary.Models;

/// <summary>Models that are known by a name, for benchmarks and first runs.</summary>
public static class ModelPresets
{
    private static readonly OrderedDictionary<string, DecoderConfig> Known = new(StringComparer.Ordinal)
    {
        ["gpt2-124m"] = new Gpt2Config
        {
            VocabSize = 50_257,
            HiddenSize = 768,
            NumHiddenLayers = 12,
            NumAttentionHeads = 12,
            MaxPositionEmbeddings = 1_024,
        },
        ["llama-30m"] = new LlamaConfig
        {
            VocabSize = 32_000,
            HiddenSize = 384,
            NumHiddenLayers = 8,
            NumAttentionHeads = 6,
            NumKeyValueHeads = 2,
            IntermediateSize = 1_536,
            MaxPositionEmbeddings = 2_048,
            TieWordEmbeddings = true,
        },

        // The demo's model, and one four times as large: so small that what surrounds the operators shows.
        ["demo"] = new LlamaConfig
        {
            VocabSize = 2_048,
            HiddenSize = 128,
            NumHiddenLayers = 5,
            NumAttentionHeads = 4,
            NumKeyValueHeads = 2,
            MaxPositionEmbeddings = 512,
            TieWordEmbeddings = true,
        },
        ["llama-5m"] = new LlamaConfig
        {
            VocabSize = 2_048,
            HiddenSize = 256,
            NumHiddenLayers = 6,
            NumAttentionHeads = 4,
            NumKeyValueHeads = 2,
            MaxPositionEmbeddings = 512,
            TieWordEmbeddings = true,
        },

        // 411,354,112 parameters: 103,022,592 of embedding and head, 24 blocks of 12,847,104 and a norm.
        ["llama-350m"] = new LlamaConfig
        {
            VocabSize = 50_304,
            HiddenSize = 1_024,
            NumHiddenLayers = 24,
            NumAttentionHeads = 16,
            IntermediateSize = 2_816,
            MaxPositionEmbeddings = 2_048,
        },

        // 1,028,196,352 parameters: 206,045,184 of embedding and head, 16 blocks of 51,384,320 and a norm.
        ["llama-1b"] = new LlamaConfig
        {
            VocabSize = 50_304,
            HiddenSize = 2_048,
            NumHiddenLayers = 16,
            NumAttentionHeads = 16,
            IntermediateSize = 5_632,
            MaxPositionEmbeddings = 2_048,
        },

        // Small and narrow beside their longest row, so that attention, and with it the length of rows, decides the time.
        ["dd-256x6"] = new LlamaConfig
        {
            VocabSize = 8_192,
            HiddenSize = 256,
            NumHiddenLayers = 6,
            NumAttentionHeads = 4,
            MaxPositionEmbeddings = 8_192,
        },
        ["dd-128x4"] = new LlamaConfig
        {
            VocabSize = 4_096,
            HiddenSize = 128,
            NumHiddenLayers = 4,
            NumAttentionHeads = 2,
            MaxPositionEmbeddings = 8_192,
        },
    };

    /// <summary>The names, in a fixed order.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Known.Keys];

    /// <summary>The model of a name.</summary>
    /// <exception cref="ArgumentException">No preset has the name.</exception>
    public static DecoderConfig Named(string name)
    {
        return Known.TryGetValue(name, out var config)
            ? config
            : throw new ArgumentException($"No model preset is named '{name}'. Known: {string.Join(", ", Names.Select(known => $"'{known}'"))}.");
    }
}
