using Granary.Core;

namespace Granary.Pipelines.Corpus;

/// <summary>The words in braces that stand for folders of a machine: ${dotnet}, ${torch_include}.</summary>
public sealed class PathPlaceholders
{
    private readonly SortedDictionary<string, Func<string?>> _known = new(StringComparer.Ordinal) { ["dotnet"] = DotnetRoot.Find };

    /// <summary>
    /// Knows ${dotnet}, and the words given; each word's function is called when a path uses it, and gives null where
    /// the machine has no such folder.
    /// </summary>
    public PathPlaceholders(IReadOnlyDictionary<string, Func<string?>> known)
    {
        foreach (var (word, find) in known)
        {
            _known[word] = find;
        }
    }

    /// <summary>Knows ${dotnet} only.</summary>
    public PathPlaceholders()
        : this(new Dictionary<string, Func<string?>>())
    {
    }

    /// <summary>The path with every word replaced and "~" at its start too.</summary>
    /// <exception cref="CorpusException">A word is not known, or the machine has no such folder.</exception>
    public string Expand(string path)
    {
        var home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        var expanded = path == "~" || path.StartsWith("~/", StringComparison.Ordinal) ? home + path[1..] : path;
        while (expanded.IndexOf("${", StringComparison.Ordinal) is >= 0 and var open)
        {
            var close = expanded.IndexOf('}', open);
            if (close < 0)
            {
                throw new CorpusException(path, "The path has '${' without '}'. Close it.");
            }

            expanded = expanded[..open] + FolderOf(expanded[(open + 2)..close], path) + expanded[(close + 1)..];
        }

        return expanded;
    }

    private string FolderOf(string word, string path)
    {
        if (!_known.TryGetValue(word, out var find))
        {
            throw new CorpusException(path, $"Nothing is known as '${{{word}}}'. Known: {string.Join(", ", _known.Keys.Select(known => $"'${{{known}}}'"))}.");
        }

        return find() ?? throw new CorpusException(path, $"This machine has no folder for '${{{word}}}'. Install what it stands for, or leave the path out.");
    }
}
