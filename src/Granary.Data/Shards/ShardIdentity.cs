using System.Text.Json.Serialization;

namespace Granary.Data.Shards;

/// <summary>What all shards of a set share; every shard's header repeats it.</summary>
public sealed record ShardIdentity
{
    /// <summary>Ids are from 0 to one less; up to 65,536 they take two bytes each, above that four.</summary>
    public required int VocabularySize { get; init; }

    /// <summary>The SHA-256 of the tokenizer's file, as 64 lower-case hexadecimal digits.</summary>
    public required string TokenizerSha256 { get; init; }

    /// <summary>The SHA-256 of the settings that cut the documents, as 64 lower-case hexadecimal digits.</summary>
    public required string ConfigSha256 { get; init; }

    /// <summary>Whether rows hold several documents, with a border bit for each token; else each row is one document's.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool IsPacked { get; init; }

    /// <summary>Bytes an id takes in the shards.</summary>
    public int BytesPerToken()
    {
        return VocabularySize <= 1 << 16 ? sizeof(ushort) : sizeof(uint);
    }

    internal void Check()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(VocabularySize, 1);
        CheckDigest(TokenizerSha256, nameof(TokenizerSha256));
        CheckDigest(ConfigSha256, nameof(ConfigSha256));
    }

    private static void CheckDigest(string digest, string name)
    {
        if (digest.Length != 64 || !digest.All(char.IsAsciiHexDigitLower))
        {
            throw new ArgumentException($"'{name}' is '{digest}' but must be 64 lower-case hexadecimal digits.", name);
        }
    }
}
