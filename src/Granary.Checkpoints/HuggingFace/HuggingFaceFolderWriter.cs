using System.Text.Json;
using Granary.Checkpoints.Safetensors;
using Granary.Core.Files;
using Granary.Models.Decoder;
using Granary.Torch;

namespace Granary.Checkpoints.HuggingFace;

/// <summary>
/// Writes a model as the folder that Hugging Face's libraries load. The folder appears under its name when it is
/// complete and on disk, or not at all.
/// </summary>
public static class HuggingFaceFolderWriter
{
    private static readonly JsonWriterOptions Indented = new() { Indented = true };

    /// <summary>Writes the model that was built from <paramref name="config"/>; the folder must not exist.</summary>
    /// <exception cref="CheckpointException">The folder exists, or the tokenizer does not fit the model.</exception>
    /// <exception cref="ArgumentException">The model was not built from the configuration.</exception>
    public static void Write(string folder, DecoderModel model, DecoderConfig config, HuggingFaceExport export)
    {
        CheckFits(model, config, export);
        if (Path.Exists(folder))
        {
            throw new CheckpointException(folder, "The folder exists already; remove it or export under another name.");
        }

        var tokenizer = export.TokenizerPath is { } path ? new TokenizerFile(path) : null;
        tokenizer?.CheckFits(model.Spec.VocabSize);
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(folder))!);
        var temporary = AtomicFile.TemporaryNameFor(Path.TrimEndingDirectorySeparator(folder));
        Directory.CreateDirectory(temporary);
        try
        {
            WriteJson(temporary, HuggingFaceFiles.Config, json => ConfigDialect.Of(config).Write(json, model.Spec, export));
            WriteJson(temporary, HuggingFaceFiles.GenerationConfig, json => WriteGenerationConfig(json, export));
            WriteWeights(temporary, model, config, export);
            if (tokenizer is not null)
            {
                AtomicFile.Write(Path.Combine(temporary, HuggingFaceFiles.Tokenizer), stream => stream.Write(tokenizer.Bytes));
                WriteJson(temporary, HuggingFaceFiles.TokenizerConfig, json => WriteTokenizerConfig(json, tokenizer, model.Spec, export));
            }

            AtomicFile.PublishFolder(temporary, Path.TrimEndingDirectorySeparator(folder));
        }
        catch
        {
            Directory.Delete(temporary, recursive: true);
            throw;
        }
    }

    private static void CheckFits(DecoderModel model, DecoderConfig config, HuggingFaceExport export)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(export.MaxShardBytes);
        // Heads for tokens further ahead have no place in these folders; the model without them is whole.
        if (config.ToSpec(model.Spec.VocabSize) != model.Spec with { Ahead = null })
        {
            throw new ArgumentException($"The model's shape is '{model.Spec}' but the configuration's is '{config.ToSpec(model.Spec.VocabSize)}'; export with the configuration the model was built from.", nameof(config));
        }

        foreach (var (key, id) in new[] { ("bos_token_id", export.BosTokenId), ("eos_token_id", export.EosTokenId), ("pad_token_id", export.PadTokenId) })
        {
            if (id is < 0 || id >= model.Spec.VocabSize)
            {
                throw new ArgumentException($"'{key}' is '{id}' but must be 0 or more and below vocab_size ({model.Spec.VocabSize}).", nameof(export));
            }
        }
    }

    private static void WriteWeights(string folder, DecoderModel model, DecoderConfig config, HuggingFaceExport export)
    {
        using var scope = torch.NewDisposeScope();
        using var recording = torch.no_grad();
        var state = model.state_dict();
        var weights = config.StateNames().Slices(model.Spec).Select(slice => (slice.Name, Tensor: slice.View(state))).ToList();
        var shards = Shards(weights, export);
        for (var index = 0; index < shards.Count; index++)
        {
            var writer = new SafetensorsWriter();
            writer.AddMetadata("format", "pt");
            foreach (var (name, tensor) in shards[index])
            {
                writer.Add(name, ElementTypes.WordsOf(export.Type).Dtype, tensor.shape, stream => TensorTransfer.Write(stream, tensor, export.Type));
            }

            _ = writer.Write(Path.Combine(folder, NameOf(index, shards.Count)));
        }

        if (shards.Count > 1)
        {
            WriteJson(folder, HuggingFaceFiles.Index, json => WriteIndex(json, shards, export));
        }
    }

    /// <summary>Fills one file after the other in the order of the names; a tensor above the limit has a file of its own.</summary>
    private static List<List<(string Name, Tensor Tensor)>> Shards(List<(string Name, Tensor Tensor)> weights, HuggingFaceExport export)
    {
        var shards = new List<List<(string Name, Tensor Tensor)>> { new() };
        var filled = 0L;
        foreach (var weight in weights)
        {
            var bytes = BytesOf(weight.Tensor, export);
            if (filled > 0 && filled + bytes > export.MaxShardBytes)
            {
                shards.Add([]);
                filled = 0;
            }

            shards[^1].Add(weight);
            filled += bytes;
        }

        return shards;
    }

    private static void WriteIndex(Utf8JsonWriter json, List<List<(string Name, Tensor Tensor)>> shards, HuggingFaceExport export)
    {
        json.WriteStartObject();
        json.WriteStartObject("metadata");
        json.WriteNumber("total_size", shards.Sum(shard => shard.Sum(weight => BytesOf(weight.Tensor, export))));
        json.WriteEndObject();
        json.WriteStartObject("weight_map");
        for (var index = 0; index < shards.Count; index++)
        {
            shards[index].ForEach(weight => json.WriteString(weight.Name, NameOf(index, shards.Count)));
        }

        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteGenerationConfig(Utf8JsonWriter json, HuggingFaceExport export)
    {
        json.WriteStartObject();
        foreach (var (key, id) in new[] { ("bos_token_id", export.BosTokenId), ("eos_token_id", export.EosTokenId), ("pad_token_id", export.PadTokenId) })
        {
            if (id is { } value)
            {
                json.WriteNumber(key, value);
            }
        }

        json.WriteEndObject();
    }

    private static void WriteTokenizerConfig(Utf8JsonWriter json, TokenizerFile tokenizer, DecoderSpec spec, HuggingFaceExport export)
    {
        json.WriteStartObject();
        json.WriteString("tokenizer_class", "PreTrainedTokenizerFast");
        json.WriteNumber("model_max_length", spec.MaxPositionEmbeddings);
        json.WriteBoolean("clean_up_tokenization_spaces", false);
        foreach (var (key, id) in new[] { ("bos_token", export.BosTokenId), ("eos_token", export.EosTokenId), ("pad_token", export.PadTokenId) })
        {
            if (tokenizer.TextOf($"{key}_id", id) is { } text)
            {
                json.WriteString(key, text);
            }
        }

        json.WriteEndObject();
    }

    private static void WriteJson(string folder, string name, Action<Utf8JsonWriter> write)
    {
        AtomicFile.Write(Path.Combine(folder, name), stream =>
        {
            using (var json = new Utf8JsonWriter(stream, Indented))
            {
                write(json);
            }

            stream.Write("\n"u8);
        });
    }

    private static string NameOf(int index, int count) => count == 1 ? HuggingFaceFiles.Weights : HuggingFaceFiles.Shard(index + 1, count);

    private static long BytesOf(Tensor tensor, HuggingFaceExport export) => tensor.numel() * export.Type.ElementSize();
}
