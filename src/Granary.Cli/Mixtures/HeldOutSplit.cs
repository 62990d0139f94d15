using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Granary.Cli.Mixtures;

/// <summary>Which held-out documents a search measures on, and which are left for the run's own evaluation: by a hash of their ids, and so of their content.</summary>
internal static class HeldOutSplit
{
    /// <summary>Whether a document is one of the search's.</summary>
    public static bool IsForSearch(string id, double share)
    {
        // Hashed again: a part of the id itself has decided already that the document is held out.
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes($"mix {id}"));
        return BinaryPrimitives.ReadUInt64LittleEndian(hash) < share * ulong.MaxValue;
    }
}
