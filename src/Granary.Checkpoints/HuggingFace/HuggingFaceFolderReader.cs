using System.Text.Json;
using Granary.Models.Decoder;
using Granary.Models.Layers;
using Granary.Torch;

namespace Granary.Checkpoints.HuggingFace;

/// <summary>
/// Reads a model folder of Hugging Face's libraries. What Granary's models cannot compute is refused when the folder is
/// opened, and weights that do not fit when they are read: a model that loads gives the numbers it was saved with.
/// </summary>
public sealed class HuggingFaceFolderReader
{
    private const string EmbeddingHead = "lm_head.weight";
    private const int NamesShown = 5;

    private HuggingFaceFolderReader(string folder, DecoderConfig config)
    {
        Folder = folder;
        Config = config;
        Spec = config.ToSpec(config.VocabSize);
    }

    /// <summary>The folder.</summary>
    public string Folder { get; }

    /// <summary>The model's configuration.</summary>
    public DecoderConfig Config { get; }

    /// <summary>The model's shape.</summary>
    public DecoderSpec Spec { get; }

    /// <summary>The id that opens a document, or null.</summary>
    public int? BosTokenId { get; private init; }

    /// <summary>The ids that end a document; those of generation_config.json where it names any.</summary>
    public IReadOnlyList<int> EosTokenIds { get; private init; } = [];

    /// <summary>The folder's tokenizer.json, or null where it has none.</summary>
    public string? TokenizerPath { get; private init; }

    /// <summary>A sentence for each setting of config.json that Granary does not use, such as dropout.</summary>
    public IReadOnlyList<string> Warnings { get; private init; } = [];

    /// <summary>Reads the configuration; the weights are not touched.</summary>
    /// <exception cref="CheckpointException">A file is absent or not readable, or the model is of a kind that is not supported.</exception>
    public static HuggingFaceFolderReader Open(string folder)
    {
        var path = Path.Combine(folder, HuggingFaceFiles.Config);
        using var document = JsonFile.Read(path);
        var keys = new ConfigKeys(document.RootElement);
        var config = DialectOf(path, document.RootElement).Read(keys);
        var (bos, eos) = (keys.Id("bos_token_id"), keys.Ids("eos_token_id"));
        _ = keys.Id("pad_token_id");
        if (keys.Faults.Count > 0)
        {
            throw new CheckpointException(path, string.Join(" ", keys.Faults));
        }

        var tokenizer = Path.Combine(folder, HuggingFaceFiles.Tokenizer);
        return new HuggingFaceFolderReader(folder, config)
        {
            BosTokenId = bos,
            EosTokenIds = GenerationEnds(folder) is { Count: > 0 } ends ? ends : eos,
            TokenizerPath = File.Exists(tokenizer) ? tokenizer : null,
            Warnings = keys.Warnings(),
        };
    }

    /// <summary>Builds the model and reads its weights, which become fp32 whatever they were stored as.</summary>
    /// <exception cref="CheckpointException">The weights are absent, damaged, or do not fit the configuration.</exception>
    public DecoderModel ReadModel(ILayerKernels kernels)
    {
        var model = new DecoderModel(Spec, key: null, kernels);
        try
        {
            ReadInto(model);
            return model;
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <summary>Reads the weights into a model of the same shape; when they do not fit, the model is as before.</summary>
    /// <exception cref="CheckpointException">The weights are absent, damaged, or do not fit the configuration.</exception>
    /// <exception cref="ArgumentException">The model has another shape.</exception>
    public void ReadInto(DecoderModel model)
    {
        if (model.Spec != Spec)
        {
            throw new ArgumentException($"The model's shape is '{model.Spec}' but the folder's is '{Spec}'; build the model from the folder's configuration.", nameof(model));
        }

        using var scope = torch.NewDisposeScope();
        using var recording = torch.no_grad();
        var names = Config.StateNames();
        using var files = new WeightFiles(Folder, names);
        var state = model.state_dict();
        var slices = names.Slices(Spec).Select(slice => (slice.Name, View: slice.View(state))).ToList();
        CheckNames(files, slices.Select(slice => slice.Name).ToHashSet(StringComparer.Ordinal));
        slices.ForEach(slice => CheckFits(files.ByName[slice.Name], slice.View));
        foreach (var (name, view) in slices)
        {
            var (reader, entry) = files.ByName[name];
            TensorTransfer.Read(reader, entry, ElementTypes.OfDtype(entry.Dtype)!.Value, view);
        }
    }

    private static ConfigDialect DialectOf(string path, JsonElement root)
    {
        var type = root.TryGetProperty("model_type", out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
        return ConfigDialect.All.FirstOrDefault(dialect => dialect.ModelType == type)
            ?? throw new CheckpointException(path, $"'model_type' is '{type ?? "absent"}' but must be {string.Join(" or ", ConfigDialect.All.Select(dialect => $"'{dialect.ModelType}'"))}; other models are not supported.");
    }

    private static IReadOnlyList<int> GenerationEnds(string folder)
    {
        var path = Path.Combine(folder, HuggingFaceFiles.GenerationConfig);
        if (!File.Exists(path))
        {
            return [];
        }

        using var document = JsonFile.Read(path);
        var keys = new ConfigKeys(document.RootElement);
        var ends = keys.Ids("eos_token_id");
        return keys.Faults.Count == 0 ? ends : throw new CheckpointException(path, keys.Faults[0]);
    }

    private static void CheckFits(WeightFiles.Found found, Tensor view)
    {
        var (reader, entry) = found;
        if (!entry.Shape.SequenceEqual(view.shape))
        {
            throw new CheckpointException(reader.Path, $"Tensor '{entry.Name}' has the shape [{string.Join(", ", entry.Shape)}] but must be [{string.Join(", ", view.shape)}] by {HuggingFaceFiles.Config}.");
        }

        if (ElementTypes.OfDtype(entry.Dtype) is null)
        {
            throw new CheckpointException(reader.Path, $"Tensor '{entry.Name}' has the dtype '{entry.Dtype}' but weights must be {ElementTypes.KnownDtypes}.");
        }
    }

    private void CheckNames(WeightFiles files, HashSet<string> wanted)
    {
        var missing = wanted.Where(name => !files.ByName.ContainsKey(name)).ToList();
        var unknown = files.ByName.Keys.Where(name => !wanted.Contains(name)).ToList();

        // A tied head may be stored a second time, as long as it is the embedding.
        if (Spec.TieWordEmbeddings && unknown.Remove(EmbeddingHead) && !HeadIsEmbedding(files))
        {
            throw new CheckpointException(Folder, $"'{EmbeddingHead}' differs from the embedding although 'tie_word_embeddings' is true in {HuggingFaceFiles.Config}; set it to false.");
        }

        if (missing.Count + unknown.Count > 0)
        {
            var parts = new[] { Listed("missing", missing), Listed("not known", unknown) };
            throw new CheckpointException(Folder, $"The weights do not fit {HuggingFaceFiles.Config}: {string.Join("; ", parts.Where(part => part.Length > 0))}. A '{ConfigDialect.Of(Config).ModelType}' of this configuration has {wanted.Count} tensors, from '{wanted.First()}' to '{wanted.Last()}'.");
        }
    }

    private bool HeadIsEmbedding(WeightFiles files)
    {
        const int BlockBytes = 1 << 24;
        var embedding = Config.StateNames().Slices(Spec)[0].Name;
        if (!files.ByName.TryGetValue(embedding, out var table))
        {
            return false;
        }

        var head = files.ByName[EmbeddingHead];
        if (head.Entry.Dtype != table.Entry.Dtype || !head.Entry.Shape.SequenceEqual(table.Entry.Shape))
        {
            return false;
        }

        for (var start = 0L; start < head.Entry.Length; start += BlockBytes)
        {
            var count = (int)Math.Min(BlockBytes, head.Entry.Length - start);
            if (!head.Reader.Bytes(head.Entry, start, count).SequenceEqual(table.Reader.Bytes(table.Entry, start, count)))
            {
                return false;
            }
        }

        return true;
    }

    private static string Listed(string what, List<string> names)
    {
        var shown = string.Join(", ", names.Take(NamesShown).Select(name => $"'{name}'"));
        return names.Count switch
        {
            0 => string.Empty,
            > NamesShown => $"{what} {shown} and {names.Count - NamesShown} more",
            _ => $"{what} {shown}",
        };
    }
}
