using System.Security.Cryptography;
using System.Text;

namespace Granary.Cluster.Protocol;

/// <summary>Ids of operations that follow from what they do, so that a process which is started again asks with the same ones.</summary>
public static class OperationId
{
    private const int Digits = 32;

    /// <summary>The id of what these words say, each apart from its neighbours.</summary>
    public static string Of(params ReadOnlySpan<string> words)
    {
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', words))))[..Digits];
    }
}
