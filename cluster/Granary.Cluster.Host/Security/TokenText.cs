using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Granary.Cluster.Host.Security;

/// <summary>Tokens as their holders have them: "grn_" and 256 random bits in base64url. The beginning lets scanners for leaked secrets find them.</summary>
internal static class TokenText
{
    internal const string Prefix = "grn_";

    private const int RandomBytes = 32;
    private const int MostCharacters = 128;

    internal static string Create()
    {
        return Prefix + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(RandomBytes));
    }

    internal static byte[] Hash(string token)
    {
        return SHA256.HashData(Encoding.UTF8.GetBytes(token));
    }

    internal static string HashText(string token)
    {
        return Convert.ToHexStringLower(Hash(token));
    }

    /// <summary>Whether a text may be a token at all, so that nothing long is hashed for nothing.</summary>
    internal static bool IsLike(string text)
    {
        return text.Length is > 4 and <= MostCharacters && text.StartsWith(Prefix, StringComparison.Ordinal);
    }
}
