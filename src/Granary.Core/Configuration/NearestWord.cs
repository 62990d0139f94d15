namespace Granary.Core.Configuration;

/// <summary>Finds the word a user most likely meant.</summary>
public static class NearestWord
{
    /// <summary>
    /// The known word with the fewest edits to <paramref name="word"/>, case aside; null when none is near enough to be
    /// a slip of the keyboard.
    /// </summary>
    public static string? To(string word, IEnumerable<string> known)
    {
        string? nearest = null;
        var fewest = Math.Max(2, word.Length / 3) + 1;
        foreach (var candidate in known)
        {
            var distance = Distance(word.ToLowerInvariant(), candidate.ToLowerInvariant());
            if (distance < fewest && distance < candidate.Length)
            {
                (nearest, fewest) = (candidate, distance);
            }
        }

        return nearest;
    }

    /// <summary>A sentence for a message: the nearest word as a question, else the list of known ones.</summary>
    public static string Advice(string word, IReadOnlyCollection<string> known)
    {
        return To(word, known) is { } nearest
            ? $"Did you mean '{nearest}'?"
            : $"Known: {string.Join(", ", known.Order(StringComparer.Ordinal).Select(name => $"'{name}'"))}.";
    }

    /// <summary>Single-character insertions, removals, replacements and swaps of neighbours between two words.</summary>
    internal static int Distance(string a, string b)
    {
        if (a.Length > 64 || b.Length > 64)
        {
            return int.MaxValue; // no key is that long, and the table would be
        }

        var table = new int[a.Length + 1, b.Length + 1];
        for (var i = 0; i <= a.Length; i++)
        {
            for (var j = 0; j <= b.Length; j++)
            {
                table[i, j] = i == 0 || j == 0 ? i + j : FromNeighbours(i, j);
            }
        }

        return table[a.Length, b.Length];

        int FromNeighbours(int i, int j)
        {
            var replaced = table[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
            var best = Math.Min(replaced, 1 + Math.Min(table[i - 1, j], table[i, j - 1]));
            var swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
            return swapped ? Math.Min(best, table[i - 2, j - 2] + 1) : best;
        }
    }
}
