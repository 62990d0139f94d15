using System.Security.Cryptography;
using System.Text;
using Granary.Checkpoints.Sharded;
using Granary.Core.Configuration;

namespace Granary.Cli.Mixtures;

/// <summary>Identifies a model by its files, without reading it into memory.</summary>
internal static class ModelFiles
{
    private static readonly string[] Extensions = [".json", ".safetensors"];

    /// <summary>The newest checkpoint's digest, or the hash of a Hugging Face folder's files.</summary>
    /// <exception cref="ConfigurationException">The folder is not there.</exception>
    internal static string Sha256(string folder)
    {
        // Asked here and not when the configuration is read: a finished run is opened without the model.
        if (!Directory.Exists(folder))
        {
            throw new ConfigurationException(folder, [$"There is no folder '{folder}' of a run, a checkpoint or a Hugging Face model. Restore it, or name another one."]);
        }

        if (CheckpointReader.FindLatest(folder) is { } latest)
        {
            return CheckpointReader.Open(latest).Manifest.Digest;
        }

        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var file in Directory.EnumerateFiles(folder).Where(file => Extensions.Contains(Path.GetExtension(file))).Order(StringComparer.Ordinal))
        {
            using var stream = File.OpenRead(file);
            hash.AppendData(Encoding.UTF8.GetBytes(Path.GetFileName(file)));
            hash.AppendData(SHA256.HashData(stream));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
