using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text.Json;
using Granary.Cluster.Ledger;
using Granary.Cluster.Protocol;

namespace Granary.Cluster.Host.Security;

/// <summary>Makes passes and knows its own again: "grnw_", what the pass says, and an HMAC of that under a key which lies beside the tokens.</summary>
/// <remarks>Nothing is kept of a pass, so a coordinator that is started again takes those from before, as running work needs it to.</remarks>
internal sealed class PassSeal
{
    internal const string Prefix = "grnw_";

    private const string KeyFileName = "passes.key";
    private const int KeyBytes = 32;
    private const int MostCharacters = 2_048;
    private const char Mark = '.';

    private readonly byte[] _key;

    public PassSeal(TokenFile tokens)
    {
        _key = KeyOf(Path.Combine(Path.GetDirectoryName(Path.GetFullPath(tokens.Path))!, KeyFileName));
    }

    /// <summary>Whether a text may be a pass at all.</summary>
    internal static bool IsLike(string text)
    {
        return text.Length is > 5 and <= MostCharacters && text.StartsWith(Prefix, StringComparison.Ordinal);
    }

    /// <summary>The two passes of a lease that was granted to the bearer of a token.</summary>
    public LeaseKeys For(ShardLease lease, string parent)
    {
        var work = lease.Kind switch
        {
            DatasetKind.Driver => PassRole.Driver,
            DatasetKind.Ranks => PassRole.Rank,
            _ => PassRole.Part,
        };
        return new LeaseKeys(Make(Of(PassRole.Holder)), Make(Of(work)));

        Pass Of(PassRole role) => new(role, parent, lease.Job, lease.Shard, lease.Token);
    }

    /// <summary>A pass as its bearer has it.</summary>
    public string Make(Pass pass)
    {
        var said = JsonSerializer.SerializeToUtf8Bytes(pass, WireJson.Options);
        return $"{Prefix}{Base64Url.EncodeToString(said)}{Mark}{Base64Url.EncodeToString(HMACSHA256.HashData(_key, said))}";
    }

    /// <summary>What a text says that was made here; null where it was not.</summary>
    public Pass? Read(string text)
    {
        var mark = text.IndexOf(Mark, StringComparison.Ordinal);
        if (!IsLike(text) || mark < 0 || Bytes(text[Prefix.Length..mark]) is not { } said || Bytes(text[(mark + 1)..]) is not { } seal)
        {
            return null;
        }

        // Only what is sealed is read, so that no stranger's text reaches the parser.
        return CryptographicOperations.FixedTimeEquals(seal, HMACSHA256.HashData(_key, said)) ? JsonSerializer.Deserialize<Pass>(said, WireJson.Options) : null;
    }

    private static byte[]? Bytes(string text) => Base64Url.IsValid(text) ? Base64Url.DecodeFromChars(text) : null;

    private static byte[] KeyOf(string path)
    {
        if (!File.Exists(path))
        {
            PrivateFile.Write(path, Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(KeyBytes)) + "\n");
        }

        var text = PrivateFile.Read(path).Trim();
        return text.Length == 2 * KeyBytes && text.All(char.IsAsciiHexDigitLower)
            ? Convert.FromHexString(text)
            : throw new IOException($"'{path}' does not hold a key of {2 * KeyBytes} hexadecimal digits. Remove it: the coordinator makes another one, and work that runs is placed anew.");
    }
}
