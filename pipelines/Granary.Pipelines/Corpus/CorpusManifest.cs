using System.Text.Json;
using System.Text.Json.Serialization;
using Granary.Core;
using Granary.Core.Runs;

namespace Granary.Pipelines.Corpus;

/// <summary>Which files a corpus was read from and what came of them, so that a later stage reads exactly these again.</summary>
public sealed record CorpusManifest
{
    /// <summary>The name of the manifest's file in the stage's folder.</summary>
    public const string FileName = "corpus.json";

    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
    };

    /// <summary>The version of this file's form.</summary>
    public int Version { get; init; } = 1;

    /// <summary>The hash of the configuration that chose the documents.</summary>
    public required string ConfigurationHash { get; init; }

    /// <summary>The files of each source, in the order of reading.</summary>
    public required IReadOnlyList<IReadOnlyList<CorpusFile>> Files { get; init; }

    /// <summary>What was read.</summary>
    public required CorpusReport Report { get; init; }

    /// <summary>The SHA-256, in lower-case hexadecimal, of the file beside this one that names near duplicates; null where none were looked for.</summary>
    public string? NearDuplicatesSha256 { get; init; }

    /// <summary>The folder of the manifest's file; null when it is in no file.</summary>
    [JsonIgnore]
    internal string? Folder { get; init; }

    /// <summary>The hash of the documents: of the files' contents and the configuration, but not of their times.</summary>
    public string ContentHash()
    {
        return StageRecord.HashOf([.. NearDuplicatesSha256 is { } hash ? [ConfigurationHash, hash] : (string[])[ConfigurationHash], .. Files.SelectMany(files => files.SelectMany(file => new[] { file.Path, file.Sha256 ?? $"{file.Bytes} {file.Modified:O}" }))]);
    }

    /// <summary>Reads a manifest.</summary>
    /// <exception cref="CorpusException">The file is missing or is no manifest.</exception>
    public static CorpusManifest Load(string path)
    {
        try
        {
            using var stream = File.OpenRead(path);
            return JsonSerializer.Deserialize<CorpusManifest>(stream, Json) is { Version: 1 } manifest
                ? manifest with { Folder = Path.GetDirectoryName(Path.GetFullPath(path)) }
                : throw new CorpusException(path, "The manifest is of another version. Run the corpus stage again.");
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new CorpusException(path, "There is no manifest of the corpus. Run the corpus stage first.", inner: exception);
        }
        catch (JsonException exception)
        {
            throw new CorpusException(path, "The manifest cannot be read. Delete it and run the corpus stage again.", inner: exception);
        }
    }

    /// <summary>Writes the manifest.</summary>
    internal void Write(Stream stream)
    {
        JsonSerializer.Serialize(stream, this, Json);
    }
}
