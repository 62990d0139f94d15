namespace Granary.Core.Files;

/// <summary>Publishes files and folders so that a reader sees the old one or the new one, whole, even after a power cut.</summary>
public static class AtomicFile
{
    /// <summary>What a name that is not yet published contains; readers pass such names over.</summary>
    public const string TemporaryMark = ".tmp-";

    /// <summary>
    /// Writes a file beside its final name, syncs it, renames it over the final name and syncs the folder. When
    /// <paramref name="write"/> fails, the temporary file is removed and the old file stays.
    /// </summary>
    public static void Write(string path, Action<Stream> write)
    {
        var temporary = TemporaryNameFor(path);
        try
        {
            using (var stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1 << 16))
            {
                write(stream);
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

    /// <summary>Writes UTF-8 text as <see cref="Write(string, Action{Stream})"/> does.</summary>
    public static void WriteText(string path, string text)
    {
        Write(path, stream =>
        {
            using var writer = new StreamWriter(stream, leaveOpen: true);
            writer.Write(text);
        });
    }

    /// <summary>
    /// Publishes a finished folder under its final name: syncs the folder, renames it, syncs the parent. The files in
    /// it must have been synced by whoever wrote them; the final name must not exist.
    /// </summary>
    public static void PublishFolder(string temporary, string final)
    {
        DirectorySync.Sync(temporary);
        Directory.Move(temporary, final);
        DirectorySync.Sync(Path.GetDirectoryName(Path.GetFullPath(final))!);
    }

    /// <summary>A name beside <paramref name="path"/> that no other process uses.</summary>
    public static string TemporaryNameFor(string path)
    {
        return $"{path}{TemporaryMark}{Environment.ProcessId}-{Guid.NewGuid():N}";
    }
}
