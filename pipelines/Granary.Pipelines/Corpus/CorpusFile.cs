namespace Granary.Pipelines.Corpus;

/// <summary>A file of a source, as it was when it was read.</summary>
public sealed record CorpusFile
{
    /// <summary>The full path.</summary>
    public required string Path { get; init; }

    /// <summary>Its size.</summary>
    public required long Bytes { get; init; }

    /// <summary>When it was last written to, in UTC.</summary>
    public required DateTime Modified { get; init; }

    /// <summary>
    /// The SHA-256 of its bytes in lower-case hexadecimal; of a file that is read in several parts, the SHA-256 over the
    /// SHA-256s of its parts, so that workers share the hashing. Null when it was not read to its end, because a limit was
    /// reached or it is damaged.
    /// </summary>
    public string? Sha256 { get; init; }

    /// <summary>The documents kept of it, held-out ones included.</summary>
    public long Documents { get; init; }

    /// <summary>The file as it is, of a symbolic link the one that it leads to; size -1 when it is not there.</summary>
    internal static CorpusFile Of(string path)
    {
        var file = new FileInfo(path);
        file = file.LinkTarget is null ? file : (FileInfo)file.ResolveLinkTarget(returnFinalTarget: true)!;
        return new CorpusFile { Path = path, Bytes = file.Exists ? file.Length : -1, Modified = file.LastWriteTimeUtc };
    }
}
