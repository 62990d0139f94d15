using System.Buffers;

namespace Granary.Cluster.Host.Security;

/// <summary>Finds files below a folder for people who are not to see any other.</summary>
internal static class SafePath
{
    private const int MostCharacters = 1_024;

    private static readonly SearchValues<char> Allowed = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-/");

    /// <summary>
    /// The full path of the regular file that a relative path names; null where it names none. Names are of letters, digits, '.',
    /// '_' and '-', and begin with none of the last two; no link is followed, wherever it leads.
    /// </summary>
    internal static string? Resolve(string root, string relative)
    {
        if (relative.Length is 0 or > MostCharacters || relative.AsSpan().ContainsAnyExcept(Allowed))
        {
            return null;
        }

        var path = Path.GetFullPath(root);
        foreach (var name in relative.Split('/'))
        {
            path = Path.Combine(path, name);
            if (name.Length == 0 || name[0] is '.' or '-' || name[^1] == '.' || IsLink(path))
            {
                return null;
            }
        }

        return File.Exists(path) && IsRegular(path) ? path : null;
    }

    private static bool IsLink(string path)
    {
        return new FileInfo(path).LinkTarget is not null;
    }

    // A pipe or a device would keep its reader waiting.
    private static bool IsRegular(string path)
    {
        return (File.GetAttributes(path) & (FileAttributes.Device | FileAttributes.ReparsePoint | FileAttributes.Directory)) == 0;
    }
}
