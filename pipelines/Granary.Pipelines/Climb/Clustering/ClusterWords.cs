using System.Text;

namespace Granary.Pipelines.Climb.Clustering;

/// <summary>The words that set clusters apart from one another.</summary>
/// <remarks>
/// A word's weight in a cluster is TF-IDF against the rest: the share of the cluster's documents that have it, times the log of how
/// many times that is the mean share over all clusters, each counted once. Words are letters, three and more; case does not matter.
/// </remarks>
internal sealed class ClusterWords
{
    private const int ShortestWord = 3;
    private const int LongestWord = 24;

    private readonly Dictionary<string, int>[] _documents; // of each cluster, by word
    private readonly int[] _counted;
    private Dictionary<string, double>? _shares; // of each word, its shares in all clusters in sum; null while documents come

    public ClusterWords(int clusters)
    {
        _documents = [.. Enumerable.Range(0, clusters).Select(_ => new Dictionary<string, int>(StringComparer.Ordinal))];
        _counted = new int[clusters];
    }

    /// <summary>Counts a document.</summary>
    public void Add(int cluster, ReadOnlySpan<byte> text)
    {
        _shares = null;
        _counted[cluster]++;
        var counts = _documents[cluster];
        foreach (var word in WordsOf(text))
        {
            counts[word] = counts.GetValueOrDefault(word) + 1;
        }
    }

    /// <summary>The words of the largest weights, the largest first; of equal ones in the alphabet's order.</summary>
    public IReadOnlyList<string> MostTypical(int cluster, int count)
    {
        var words = _documents[cluster].Keys.Select(word => (Word: word, Weight: Weight(cluster, word)));
        return [.. words.Where(item => item.Weight > 0).OrderByDescending(item => item.Weight).ThenBy(item => item.Word, StringComparer.Ordinal).Take(count).Select(item => item.Word)];
    }

    private static HashSet<string> WordsOf(ReadOnlySpan<byte> utf8)
    {
        var words = new HashSet<string>(StringComparer.Ordinal);
        var text = Encoding.UTF8.GetString(utf8);
        for (var (start, end) = (0, 0); end <= text.Length; end++)
        {
            if (end < text.Length && char.IsLetter(text[end]))
            {
                continue;
            }

            if (end - start is >= ShortestWord and <= LongestWord)
            {
                words.Add(text[start..end].ToLowerInvariant());
            }

            start = end + 1;
        }

        return words;
    }

    private double Weight(int cluster, string word)
    {
        var share = Share(cluster, word);
        if (_documents.Length == 1)
        {
            return share;
        }

        _shares ??= SumShares();
        return share * Math.Log(share / (_shares[word] / _documents.Length));
    }

    private Dictionary<string, double> SumShares()
    {
        var sums = new Dictionary<string, double>(StringComparer.Ordinal);
        foreach (var (cluster, words) in _documents.Index())
        {
            foreach (var word in words.Keys)
            {
                sums[word] = sums.GetValueOrDefault(word) + Share(cluster, word);
            }
        }

        return sums;
    }

    private double Share(int cluster, string word)
    {
        return _counted[cluster] == 0 ? 0 : (double)_documents[cluster].GetValueOrDefault(word) / _counted[cluster];
    }
}
