using System.Security.Cryptography;
using Granary.Checkpoints.Safetensors;
using Granary.Torch;

namespace Granary.Checkpoints.Sharded;

/// <summary>Reads a checkpoint whose every byte was compared with its manifest first.</summary>
public sealed class CheckpointReader
{
    private CheckpointReader(string folder, CheckpointManifest manifest)
    {
        Folder = folder;
        Manifest = manifest;
    }

    /// <summary>The checkpoint's folder.</summary>
    public string Folder { get; }

    /// <summary>What its manifest says.</summary>
    public CheckpointManifest Manifest { get; }

    /// <summary>Opens a checkpoint and compares every file's length and SHA-256.</summary>
    /// <exception cref="CheckpointException">It is missing or damaged; the message says which file and which tensor.</exception>
    public static CheckpointReader Open(string folder)
    {
        if (!Directory.Exists(folder))
        {
            throw new CheckpointException(folder, "There is no such checkpoint folder. Name a folder such as checkpoints/step-00001234.");
        }

        var manifest = CheckpointManifest.Read(folder);
        foreach (var (name, expected) in manifest.Files)
        {
            Verify(folder, name, expected, manifest);
        }

        return new CheckpointReader(folder, manifest);
    }

    /// <summary>The newest checkpoint of a run's folder, or null where there is none.</summary>
    public static string? FindLatest(string runFolder)
    {
        var pointer = Path.Combine(runFolder, CheckpointWriter.LatestName);
        return File.Exists(pointer) ? Path.Combine(runFolder, File.ReadAllText(pointer).Trim()) : null;
    }

    /// <summary>The content of a further file.</summary>
    /// <exception cref="CheckpointException">The checkpoint has no such file.</exception>
    public byte[] ReadFile(string name)
    {
        return Manifest.Files.ContainsKey(name)
            ? File.ReadAllBytes(Path.Combine(Folder, name))
            : throw new CheckpointException(Folder, $"The checkpoint has no file '{name}'; it has {string.Join(", ", Manifest.Files.Keys)}.");
    }

    /// <summary>Fills tensors by name from the files whose names begin with "model" or "optimizer".</summary>
    /// <exception cref="CheckpointException">A tensor is missing, left over, or of another type or shape.</exception>
    public void Load(string kind, IEnumerable<(string Name, Tensor Tensor)> tensors)
    {
        Load(kind, tensors.Select(entry => new TensorParts(entry.Name, entry.Tensor.dtype, entry.Tensor.shape, [(0L, entry.Tensor)])));
    }

    /// <summary>The same for parts of tensors.</summary>
    /// <exception cref="CheckpointException">A tensor is missing, left over, or of another type or shape.</exception>
    public void Load(string kind, IEnumerable<TensorParts> tensors)
    {
        var wanted = tensors.ToDictionary(tensor => tensor.Name);
        using var mode = torch.no_grad();
        foreach (var name in Manifest.Files.Keys.Where(name => name.StartsWith($"{kind}-", StringComparison.Ordinal)))
        {
            using var reader = SafetensorsReader.Open(Path.Combine(Folder, name));
            foreach (var entry in reader.Entries)
            {
                if (!wanted.Remove(entry.Name, out var tensor))
                {
                    throw new CheckpointException(reader.Path, $"Tensor '{entry.Name}' has no place in this model; the checkpoint is of another model.");
                }

                Fill(tensor, entry, reader);
            }
        }

        if (wanted.Count > 0)
        {
            throw new CheckpointException(Folder, $"The checkpoint has no tensor '{wanted.Keys.First()}' ({wanted.Count} are missing); it is of another model.");
        }
    }

    private static void Fill(TensorParts tensor, SafetensorsEntry entry, SafetensorsReader reader)
    {
        var dtype = TensorBytes.DtypeOf(tensor.Type);
        if (entry.Dtype != dtype || !entry.Shape.SequenceEqual(tensor.Shape))
        {
            throw new CheckpointException(
                reader.Path, $"Tensor '{entry.Name}' is {entry.Dtype}[{string.Join(", ", entry.Shape)}] but the model has {dtype}[{string.Join(", ", tensor.Shape)}]; the checkpoint is of another model.");
        }

        foreach (var (first, values) in tensor.Parts)
        {
            TensorBytes.Fill(values, (start, count) => reader.Bytes(entry, (first * tensor.Type.ElementSize()) + start, count));
        }
    }

    private static void Verify(string folder, string name, CheckpointFile expected, CheckpointManifest manifest)
    {
        var path = Path.Combine(folder, name);
        if (Path.GetFileName(name) != name || !File.Exists(path))
        {
            throw new CheckpointException(path, "The manifest lists this file but the checkpoint lacks it. Go back to an earlier checkpoint.");
        }

        var length = new FileInfo(path).Length;
        if (length != expected.Length)
        {
            throw new CheckpointException(path, $"The file has '{length}' bytes but the manifest says {expected.Length}. Go back to an earlier checkpoint.");
        }

        using var stream = File.OpenRead(path);
        if (Convert.ToHexStringLower(SHA256.HashData(stream)) != expected.Sha256)
        {
            throw new CheckpointException(path, $"The file is damaged: its SHA-256 is not the manifest's{DamagedPlace(path, name, manifest)}. Go back to an earlier checkpoint.");
        }
    }

    private static string DamagedPlace(string path, string name, CheckpointManifest manifest)
    {
        if (!name.EndsWith(".safetensors", StringComparison.Ordinal))
        {
            return string.Empty;
        }

        try
        {
            using var reader = SafetensorsReader.Open(path);
            foreach (var entry in reader.Entries)
            {
                if (manifest.Tensors.TryGetValue($"{name}:{entry.Name}", out var expected) && HashOf(reader, entry) != expected)
                {
                    return $"; bytes {entry.Offset} to {entry.Offset + entry.Length - 1} of the data, tensor '{entry.Name}', changed";
                }
            }

            return "; its header changed";
        }
        catch (CheckpointException exception)
        {
            return $"; its header changed ({exception.Message.TrimEnd('.')})";
        }
    }

    private static string HashOf(SafetensorsReader reader, SafetensorsEntry entry)
    {
        const int piece = 64 << 20;
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (long start = 0; start < entry.Length; start += piece)
        {
            hash.AppendData(reader.Bytes(entry, start, (int)Math.Min(piece, entry.Length - start)));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
