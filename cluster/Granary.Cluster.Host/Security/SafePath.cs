using System.Buffers;

namespace Granary.Cluster.Host.Security;

/// <summary>Finds files below a folder for people who are not to see any other.</summary>
internal static class SafePath
{
    private const int MostCharacters = 1_024;

    private static readonly SearchValues<char> Allowed = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-/");

    /// <summary>
    /// The full path of the file that a relative path names; null where it names none, or one that holds nothing. Names are of letters,
    /// digits, '.', '_' and '-', and begin with neither '.' nor '-'; no link is followed, wherever it leads.
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

        // A pipe or a device, which would keep its reader waiting, has no length.
        return new FileInfo(path) is { Exists: true, Length: > 0 } ? path : null;
    }

    private static bool IsLink(string path)
    {
        return new FileInfo(path).LinkTarget is not null;
    }
}
