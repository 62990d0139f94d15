using System.Globalization;
using System.Text.Json;
using Granary.Models.Decoder;

namespace Granary.Checkpoints.HuggingFace;

/// <summary>The words of one model family's config.json.</summary>
internal abstract class ConfigDialect
{
    // Keys of every family that change nothing about the weights or the numbers.
    private static readonly string[] Harmless =
    [
        "model_type", "architectures", "torch_dtype", "dtype", "transformers_version", "_name_or_path", "use_cache",
        "task_specific_params", "auto_map",
    ];

    /// <summary>All families.</summary>
    public static IReadOnlyList<ConfigDialect> All { get; } = [new Gpt2Dialect(), new LlamaDialect()];

    /// <summary>What "model_type" says.</summary>
    public abstract string ModelType { get; }

    /// <summary>The class that "architectures" names.</summary>
    protected abstract string Architecture { get; }

    /// <summary>The family of a configuration.</summary>
    public static ConfigDialect Of(DecoderConfig config)
    {
        return All.First(dialect => dialect.Speaks(config));
    }

    /// <summary>Reads the configuration; faults stay with the keys.</summary>
    public DecoderConfig Read(ConfigKeys keys)
    {
        keys.Ignore(Harmless);
        var config = ReadOwn(keys);
        keys.Check(config);
        return config;
    }

    /// <summary>Writes config.json's object.</summary>
    public void Write(Utf8JsonWriter json, DecoderSpec spec, HuggingFaceExport export)
    {
        json.WriteStartObject();
        json.WriteStartArray("architectures");
        json.WriteStringValue(Architecture);
        json.WriteEndArray();
        json.WriteString("model_type", ModelType);
        json.WriteNumber("vocab_size", spec.VocabSize);
        WriteOwn(json, spec);
        WriteReal(json, "initializer_range", spec.InitializerRange);
        json.WriteBoolean("tie_word_embeddings", spec.TieWordEmbeddings);
        json.WriteBoolean("use_cache", true);
        json.WriteString("torch_dtype", ElementTypes.WordsOf(export.Type).TorchDtype);

        // Written out even when there is none: the families' own defaults are ids of their first tokenizers.
        WriteId(json, "bos_token_id", export.BosTokenId);
        WriteId(json, "eos_token_id", export.EosTokenId);
        WriteId(json, "pad_token_id", export.PadTokenId);
        json.WriteEndObject();
    }

    /// <summary>Whether a configuration is of this family.</summary>
    protected abstract bool Speaks(DecoderConfig config);

    /// <summary>Reads the family's own keys.</summary>
    protected abstract DecoderConfig ReadOwn(ConfigKeys keys);

    /// <summary>Writes the family's own keys.</summary>
    protected abstract void WriteOwn(Utf8JsonWriter json, DecoderSpec spec);

    /// <summary>Writes a real number with a point or an exponent: some readers take 1 for an integer and refuse it.</summary>
    protected static void WriteReal(Utf8JsonWriter json, string key, double value)
    {
        var text = value.ToString(CultureInfo.InvariantCulture);
        json.WritePropertyName(key);
        json.WriteRawValue(text.AsSpan().ContainsAny('.', 'E') ? text : $"{text}.0");
    }

    private static void WriteId(Utf8JsonWriter json, string key, int? id)
    {
        if (id is { } value)
        {
            json.WriteNumber(key, value);
        }
        else
        {
            json.WriteNull(key);
        }
    }
}
