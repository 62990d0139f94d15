using System.IO.Enumeration;
using Granary.Core;
using Granary.Core.Files;

namespace Granary.Pipelines.Corpus;

/// <summary>
/// Finds files by a pattern: * and ? within a name, ** for any folders, {a,b} for either. Names that begin with a dot
/// and files that are not yet published are passed over unless a name is written out; links to folders are not followed below **.
/// </summary>
internal static class PathPattern
{
    private const string AnyFolders = "**";

    /// <summary>The full paths of the files, each once, in ordinal order.</summary>
    /// <exception cref="CorpusException">A folder on the way may not be read, or the pattern names a folder.</exception>
    public static IReadOnlyList<string> Find(string pattern)
    {
        if (File.Exists(pattern))
        {
            return [Path.GetFullPath(pattern)]; // even when its name has a star in it
        }

        if (Directory.Exists(pattern))
        {
            throw new CorpusException(pattern, "This is a folder, not a file. Write '/**' behind it to read every file below it.");
        }

        var found = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var alternative in Alternatives(pattern))
        {
            var full = Path.GetFullPath(alternative);
            var root = Path.GetPathRoot(full)!;
            Walk(root, full[root.Length..].Split(Path.DirectorySeparatorChar, StringSplitOptions.RemoveEmptyEntries), found);
        }

        return [.. found];
    }

    /// <summary>The part of a pattern that exists, and the name below it that does not; for messages.</summary>
    public static (string Folder, string? Missing) DeepestFolder(string pattern)
    {
        var full = Path.GetFullPath(pattern);
        var folder = Path.GetPathRoot(full)!;
        foreach (var name in full[folder.Length..].Split(Path.DirectorySeparatorChar, StringSplitOptions.RemoveEmptyEntries))
        {
            if (IsWild(name))
            {
                return (folder, null);
            }

            if (!Directory.Exists(Path.Combine(folder, name)))
            {
                return (folder, name);
            }

            folder = Path.Combine(folder, name);
        }

        return (folder, null);
    }

    /// <summary>The patterns without braces that a pattern with braces stands for.</summary>
    internal static IEnumerable<string> Alternatives(string pattern)
    {
        var close = pattern.IndexOf('}');
        var open = close < 0 ? -1 : pattern.LastIndexOf('{', close);
        if (open < 0)
        {
            return [pattern];
        }

        // The innermost braces go first, so that nested ones work.
        return pattern[(open + 1)..close].Split(',').SelectMany(choice => Alternatives(pattern[..open] + choice + pattern[(close + 1)..]));
    }

    private static void Walk(string folder, ReadOnlySpan<string> names, SortedSet<string> found)
    {
        if (names.IsEmpty)
        {
            return;
        }

        var name = names[0];
        var rest = names[1..];
        if (name == AnyFolders)
        {
            WalkAnyFolders(folder, rest.IsEmpty ? ["*"] : rest, names, found);
        }
        else if (!IsWild(name))
        {
            var path = Path.Combine(folder, name);
            Enter(path, Directory.Exists(path), rest, found);
        }
        else
        {
            foreach (var entry in EntriesOf(folder))
            {
                if (Matches(name, entry.Name))
                {
                    Enter(entry.FullName, entry is DirectoryInfo, rest, found);
                }
            }
        }
    }

    private static void WalkAnyFolders(string folder, ReadOnlySpan<string> rest, ReadOnlySpan<string> names, SortedSet<string> found)
    {
        Walk(folder, rest, found);
        foreach (var entry in EntriesOf(folder))
        {
            // A link may lead back up, and what it leads to is found on its own path.
            if (entry is DirectoryInfo && entry.LinkTarget is null && Matches("*", entry.Name))
            {
                Walk(entry.FullName, names, found);
            }
        }
    }

    private static void Enter(string path, bool isFolder, ReadOnlySpan<string> rest, SortedSet<string> found)
    {
        if (isFolder)
        {
            Walk(path, rest, found);
        }
        else if (rest.IsEmpty && File.Exists(path))
        {
            found.Add(path);
        }
    }

    private static IEnumerable<FileSystemInfo> EntriesOf(string folder)
    {
        if (!Directory.Exists(folder))
        {
            return [];
        }

        try
        {
            return new DirectoryInfo(folder).GetFileSystemInfos();
        }
        catch (UnauthorizedAccessException exception)
        {
            throw new CorpusException(folder, "The folder may not be read. Change its permissions, or leave it out of 'paths'.", inner: exception);
        }
    }

    private static bool Matches(string pattern, string name)
    {
        return (!name.StartsWith('.') || pattern.StartsWith('.'))
            && !name.Contains(AtomicFile.TemporaryMark, StringComparison.Ordinal)
            && FileSystemName.MatchesSimpleExpression(pattern, name, ignoreCase: false);
    }

    private static bool IsWild(string name)
    {
        return name.AsSpan().IndexOfAny('*', '?') >= 0;
    }
}
