using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Granary.Checkpoints.Sharded;

/// <summary>What a checkpoint's manifest.json says.</summary>
public sealed record CheckpointManifest
{
    /// <summary>The manifest's file name.</summary>
    public const string FileName = "manifest.json";

    /// <summary>The only version so far.</summary>
    public const int CurrentVersion = 1;

    private static readonly JsonSerializerOptions Options = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    };

    /// <summary>The form of the folder.</summary>
    public required int Version { get; init; }

    /// <summary>Steps done.</summary>
    public required long Step { get; init; }

    /// <summary>What the run must know to go on, by name.</summary>
    public required IReadOnlyDictionary<string, string> Facts { get; init; }

    /// <summary>Every other file by name.</summary>
    public required IReadOnlyDictionary<string, CheckpointFile> Files { get; init; }

    /// <summary>SHA-256 of each tensor's bytes, by "file:tensor": where a damaged file is damaged.</summary>
    public required IReadOnlyDictionary<string, string> Tensors { get; init; }

    /// <summary>SHA-256 of the manifest itself, written with this field empty.</summary>
    public string Digest { get; init; } = string.Empty;

    /// <summary>The manifest as JSON, with its digest.</summary>
    public string ToJson()
    {
        return JsonSerializer.Serialize(this with { Digest = ComputeDigest() }, Options);
    }

    /// <summary>Reads a manifest.</summary>
    /// <exception cref="CheckpointException">It is missing, damaged or of another version.</exception>
    public static CheckpointManifest Read(string folder)
    {
        var path = Path.Combine(folder, FileName);
        if (!File.Exists(path))
        {
            throw new CheckpointException(folder, $"The folder is no checkpoint: it has no {FileName}. Name a folder such as checkpoints/step-00001234.");
        }

        try
        {
            var manifest = JsonSerializer.Deserialize<CheckpointManifest>(File.ReadAllBytes(path), Options)
                ?? throw new JsonException("it is null");
            if (manifest.Digest != manifest.ComputeDigest())
            {
                throw new CheckpointException(path, "The manifest is damaged: its digest is not that of its content. Go back to an earlier checkpoint.");
            }

            return manifest.Version == CurrentVersion
                ? manifest
                : throw new CheckpointException(path, $"The checkpoint is of version '{manifest.Version}' but this program reads version {CurrentVersion}; use the program that wrote it.");
        }
        catch (JsonException exception)
        {
            throw new CheckpointException(path, $"The manifest is damaged: {exception.Message.TrimEnd('.')}. Go back to an earlier checkpoint.", exception);
        }
    }

    private string ComputeDigest()
    {
        return Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(this with { Digest = string.Empty }, Options)));
    }
}
