using System.Text;
using Granary.Core.Files;

namespace Granary.Cluster.Host.Security;

/// <summary>Files that only their owner may read, from their first byte on.</summary>
internal static class PrivateFile
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Publishes a text as <see cref="AtomicFile"/> does, for nobody else to read.</summary>
    internal static void Write(string path, string text)
    {
        var temporary = AtomicFile.TemporaryNameFor(path);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, Share = FileShare.None };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = OwnerOnly;
        }

        try
        {
            using (var stream = new FileStream(temporary, options))
            {
                stream.Write(Encoding.UTF8.GetBytes(text));
                stream.Flush(flushToDisk: true);
            }

            File.Move(temporary, path, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }

        DirectorySync.Sync(Path.GetDirectoryName(Path.GetFullPath(path))!);
    }

    /// <summary>Reads a file that nobody else may read or write.</summary>
    /// <exception cref="IOException">Others may.</exception>
    internal static string Read(string path)
    {
        var mode = OperatingSystem.IsWindows() ? OwnerOnly : File.GetUnixFileMode(path);
        return (mode & ~(OwnerOnly | UnixFileMode.UserExecute)) == 0
            ? File.ReadAllText(path)
            : throw new IOException($"'{path}' has the mode '{Convert.ToString((int)mode, 8)}', so others may read or change it; it must be '600'. Run: chmod 600 {path}");
    }
}
