using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Granary.Core;
using Granary.Core.Files;

namespace Granary.Data.Shards;

/// <summary>
/// The list of a set's shards. It is published last and shards are found through it alone, so a set exists as a whole
/// or not at all.
/// </summary>
public sealed record ShardManifest
{
    /// <summary>The name a manifest has in its folder.</summary>
    public const string FileName = "manifest.json";

    private const int CurrentFormat = 1;

    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        WriteIndented = true,
        NewLine = "\n",
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        TypeInfoResolver = ShardManifestJson.Default,
    };

    private static readonly JsonSerializerOptions OneLine = new(Json) { WriteIndented = false };

    /// <summary>The version of the manifest's form.</summary>
    public int Format { get; init; } = CurrentFormat;

    /// <summary>What all shards of the set share.</summary>
    public required ShardIdentity Identity { get; init; }

    /// <summary>The sources that provenance numbers, from 0.</summary>
    public required IReadOnlyList<ShardSource> Sources { get; init; }

    /// <summary>Where every token of the input went.</summary>
    public required TokenLedger Ledger { get; init; }

    /// <summary>The shards by row length, shortest first; no bucket is empty.</summary>
    public required IReadOnlyList<ShardBucket> Buckets { get; init; }

    /// <summary>SHA-256 of the manifest without this field; the content, and with it the order of training, hangs on it.</summary>
    [JsonPropertyName("manifest_sha256")]
    public string ManifestHash { get; init; } = string.Empty;

    /// <summary>The same manifest with its hash filled in.</summary>
    public ShardManifest Seal()
    {
        var bare = this with { ManifestHash = string.Empty };
        return bare with { ManifestHash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(bare.ToJson()))) };
    }

    /// <summary>Reads and checks a manifest; a single changed bit is refused.</summary>
    /// <exception cref="CorpusException">The file is missing, damaged or of another version.</exception>
    public static ShardManifest Load(string path)
    {
        if (!File.Exists(path))
        {
            throw new CorpusException(path, "there is no shard manifest here. Build the shards first, or wait until their build is finished.");
        }

        var bytes = File.ReadAllBytes(path);
        var manifest = Parse(path, bytes);
        if (manifest.Format != CurrentFormat)
        {
            throw new CorpusException(path, $"the manifest's format is '{manifest.Format}' but must be {CurrentFormat}. Build the shards again with this program.");
        }

        // The hash is taken over the bytes as they are, so that a flipped bit in a space is a fault as well.
        if (!HasItsHash(bytes))
        {
            throw new CorpusException(path, $"the manifest does not have the hash it states, '{manifest.ManifestHash}': it is damaged or was edited. Restore it or build the shards again.");
        }

        return manifest;
    }

    /// <summary>Writes the manifest, sealed, so that a reader sees the old one or the new one.</summary>
    public void Publish(string path)
    {
        var sealedManifest = Seal();
        AtomicFile.Write(path, stream => stream.Write(Encoding.UTF8.GetBytes(sealedManifest.ToJson())));
    }

    /// <summary>
    /// One manifest over sets that were built apart, in this order; rows that were clustered come cluster by cluster, and in
    /// this order within each. Each part is given with its folder relative to the joint manifest's, empty where it is the
    /// same. All parts must share identity and sources.
    /// </summary>
    public static ShardManifest Join(IReadOnlyList<(string Folder, ShardManifest Manifest)> parts)
    {
        var first = parts[0].Manifest;
        foreach (var (folder, manifest) in parts)
        {
            if (manifest.Identity != first.Identity || !manifest.Sources.Select(source => source.Name).SequenceEqual(first.Sources.Select(source => source.Name)))
            {
                throw new CorpusException(folder, $"the shards were made with another tokenizer, other settings or other sources than those in '{parts[0].Folder}'. Build both the same way.");
            }
        }

        var manifestOfAll = first with
        {
            Sources = [.. first.Sources.Select((source, i) => Sum(source.Name, [.. parts.Select(part => part.Manifest.Sources[i])]))],
            Ledger = parts.Select(part => part.Manifest.Ledger).Aggregate((left, right) => left + right),
            Buckets = [.. parts.SelectMany(part => part.Manifest.Buckets.Select(bucket => Below(part.Folder, bucket)))
                .GroupBy(bucket => bucket.Exponent)
                .OrderBy(group => group.Key)
                .Select(group => ShardClusters.Join(group.Key, [.. group]))],
        };
        return manifestOfAll.Seal();
    }

    /// <summary>The manifest without line breaks, for a journal.</summary>
    internal byte[] ToJsonLine()
    {
        return JsonSerializer.SerializeToUtf8Bytes(this, OneLine);
    }

    /// <summary>A manifest out of a journal; null when the line is none.</summary>
    internal static ShardManifest? ParseLine(ReadOnlySpan<byte> line)
    {
        try
        {
            return JsonSerializer.Deserialize<ShardManifest>(line, OneLine);
        }
        catch (JsonException)
        {
            // The line was written whole, by a program of another version: its parts are built again.
            return null;
        }
    }

    // What Seal hashes is the same text with nothing between the last two quotes.
    private static bool HasItsHash(ReadOnlySpan<byte> bytes)
    {
        var end = Math.Max(0, bytes.LastIndexOf((byte)'"'));
        var start = bytes[..end].LastIndexOf((byte)'"') + 1;
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(bytes[..start]);
        hash.AppendData(bytes[end..]);
        return bytes[start..end].SequenceEqual(Encoding.ASCII.GetBytes(Convert.ToHexStringLower(hash.GetHashAndReset())));
    }

    private static ShardSource Sum(string name, IReadOnlyList<ShardSource> parts)
    {
        return new ShardSource
        {
            Name = name,
            Documents = parts.Sum(part => part.Documents),
            TokensRead = parts.Sum(part => part.TokensRead),
            TokensKept = parts.Sum(part => part.TokensKept),
            TokensDropped = parts.Sum(part => part.TokensDropped),
        };
    }

    private static ShardBucket Below(string folder, ShardBucket bucket)
    {
        return folder.Length == 0 ? bucket : bucket with { Shards = [.. bucket.Shards.Select(shard => shard with { File = $"{folder}/{shard.File}" })] };
    }

    private static ShardManifest Parse(string path, byte[] bytes)
    {
        try
        {
            return JsonSerializer.Deserialize<ShardManifest>(bytes, Json)
                ?? throw new CorpusException(path, "the manifest is 'null'. Build the shards again.");
        }
        catch (JsonException exception)
        {
            throw new CorpusException(path, $"the manifest cannot be read: {exception.Message} Restore it or build the shards again.", (exception.LineNumber ?? -1) + 1, inner: exception);
        }
    }

    private string ToJson()
    {
        return JsonSerializer.Serialize(this, Json) + "\n";
    }
}
