using System.Text.Json;
using Granary.Checkpoints.Safetensors;
using Granary.Models.Decoder;

namespace Granary.Checkpoints.HuggingFace;

/// <summary>The weight files of a folder, one or several, opened: every tensor under the name its family uses.</summary>
internal sealed class WeightFiles : IDisposable
{
    private readonly string _folder;
    private readonly List<SafetensorsReader> _readers = [];
    private readonly Dictionary<string, Found> _byName = new(StringComparer.Ordinal);

    public WeightFiles(string folder, IStateNames names)
    {
        _folder = folder;
        try
        {
            var files = FileNames(out var weightMap);
            foreach (var file in files)
            {
                Collect(file, names, weightMap);
            }

            if (weightMap is not null)
            {
                RequireAll(weightMap, names);
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The tensors; buffers that hold nothing to learn are not among them.</summary>
    public IReadOnlyDictionary<string, Found> ByName => _byName;

    /// <inheritdoc/>
    public void Dispose()
    {
        _readers.ForEach(reader => reader.Dispose());
    }

    private List<string> FileNames(out Dictionary<string, string>? weightMap)
    {
        weightMap = null;
        if (File.Exists(PathOf(HuggingFaceFiles.Weights)))
        {
            return [HuggingFaceFiles.Weights];
        }

        if (File.Exists(PathOf(HuggingFaceFiles.Index)))
        {
            weightMap = ReadWeightMap(PathOf(HuggingFaceFiles.Index));
            return [.. weightMap.Values.Distinct().Order(StringComparer.Ordinal)];
        }

        var isPickled = File.Exists(PathOf(HuggingFaceFiles.PickledWeights)) || File.Exists(PathOf(HuggingFaceFiles.PickledIndex));
        throw new CheckpointException(_folder, isPickled
            ? $"The weights are a pickle ('{HuggingFaceFiles.PickledWeights}'), which can run code when it is loaded; save them as '{HuggingFaceFiles.Weights}' first."
            : $"The folder holds neither '{HuggingFaceFiles.Weights}' nor '{HuggingFaceFiles.Index}'; one of them is needed.");
    }

    private static Dictionary<string, string> ReadWeightMap(string path)
    {
        using var document = JsonFile.Read(path);
        if (!document.RootElement.TryGetProperty("weight_map", out var map) || map.ValueKind != JsonValueKind.Object)
        {
            throw new CheckpointException(path, "'weight_map' is missing but must be an object of tensor names and file names.");
        }

        var files = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var entry in map.EnumerateObject())
        {
            // A name that leads out of the folder has no honest reason to.
            var file = entry.Value.ValueKind == JsonValueKind.String ? entry.Value.GetString()! : string.Empty;
            if (file != Path.GetFileName(file) || !file.EndsWith(".safetensors", StringComparison.Ordinal))
            {
                throw new CheckpointException(path, $"Tensor '{entry.Name}' is in '{entry.Value.GetRawText()}' but must be in a .safetensors file of the same folder.");
            }

            files.Add(entry.Name, file);
        }

        return files;
    }

    private void Collect(string file, IStateNames names, Dictionary<string, string>? weightMap)
    {
        var reader = SafetensorsReader.Open(PathOf(file));
        _readers.Add(reader);
        foreach (var entry in reader.Entries)
        {
            if (weightMap is not null && (!weightMap.TryGetValue(entry.Name, out var home) || home != file))
            {
                throw new CheckpointException(reader.Path, $"Tensor '{entry.Name}' is in '{file}' but '{HuggingFaceFiles.Index}' has it in '{home ?? "no file"}'; copy the whole folder again.");
            }

            if (names.Canonical(entry.Name) is { } name && !_byName.TryAdd(name, new Found(reader, entry)))
            {
                throw new CheckpointException(reader.Path, $"Tensor '{entry.Name}' stands for '{name}', which the weights hold twice.");
            }
        }
    }

    private void RequireAll(Dictionary<string, string> weightMap, IStateNames names)
    {
        foreach (var (tensor, file) in weightMap)
        {
            if (names.Canonical(tensor) is { } name && !_byName.ContainsKey(name))
            {
                throw new CheckpointException(PathOf(file), $"Tensor '{tensor}' is not in '{file}' although '{HuggingFaceFiles.Index}' says so; copy the whole folder again.");
            }
        }
    }

    private string PathOf(string file) => Path.Combine(_folder, file);

    /// <summary>Where a tensor's bytes are.</summary>
    internal sealed record Found(SafetensorsReader Reader, SafetensorsEntry Entry);
}
