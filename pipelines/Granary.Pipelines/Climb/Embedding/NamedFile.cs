using System.Security.Cryptography;
using Granary.Core.Configuration;

namespace Granary.Pipelines.Climb.Embedding;

/// <summary>A file that settings name. Whether it is there shows when it is read: a finished run is opened without it.</summary>
internal static class NamedFile
{
    /// <summary>The SHA-256 of its bytes, in lower-case hexadecimal.</summary>
    /// <exception cref="ConfigurationException">It is not there.</exception>
    public static string Sha256(string path)
    {
        if (!File.Exists(path))
        {
            throw new ConfigurationException(path, [$"There is no file '{path}'. Restore it, or name another one."]);
        }

        using var stream = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }
}
