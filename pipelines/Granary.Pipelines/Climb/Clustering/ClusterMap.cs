using Granary.Core;

namespace Granary.Pipelines.Climb.Clustering;

/// <summary>What becomes of the clusters that k-means made: which are left out, and which become one.</summary>
internal sealed class ClusterMap
{
    private readonly int[] _numbers; // of each first cluster its final number, or Pruned

    private ClusterMap(int[] numbers)
    {
        _numbers = numbers;
        Count = numbers.Length == 0 ? 0 : numbers.Max() + 1;
    }

    /// <summary>Clusters that are left.</summary>
    public int Count { get; }

    /// <summary>What each bound left out.</summary>
    public IReadOnlyList<PrunedScore> Pruned { get; private init; } = [];

    /// <summary>All merges of clusters that were not left out, made or not.</summary>
    public IReadOnlyList<ClusterMerge> Dendrogram { get; private init; } = [];

    /// <summary>How many of them are made.</summary>
    public int MergesMade { get; private init; }

    /// <summary>The final number of each first cluster.</summary>
    public IReadOnlyList<int> Numbers => _numbers;

    /// <summary>Leaves out, then merges, then numbers what is left from the most documents to the fewest.</summary>
    /// <exception cref="CorpusException">Nothing is left, or a bound names a score that no document has.</exception>
    public static ClusterMap Of(RowMatrix centers, IReadOnlyList<ClusterTally> tallies, IReadOnlyList<string> scores, ClusteringConfig config)
    {
        var pruned = new List<PrunedScore>();
        var stays = tallies.Select(tally => tally.Documents > 0).ToArray();
        var present = Enumerable.Range(0, tallies.Count).Where(cluster => stays[cluster]).ToList();
        foreach (var (name, bounds) in config.Prune.Bounds.OrderBy(bound => bound.Key, StringComparer.Ordinal))
        {
            var score = scores.Index().Single(item => item.Item == name).Index;
            if (present.TrueForAll(cluster => double.IsNaN(tallies[cluster].Mean(score))))
            {
                throw new CorpusException("clusters.prune", $"'{name}' is bounded, but no document has such a score. Known: {string.Join(", ", scores.Where(known => known != name))}, and numeric columns of the corpus.");
            }

            // A cluster none of whose documents has the score is not judged by it.
            var outside = present.Where(cluster => tallies[cluster].Mean(score) is var mean && !double.IsNaN(mean) && !bounds.Holds(mean)).ToList();
            outside.ForEach(cluster => stays[cluster] = false);
            pruned.Add(new PrunedScore(name, outside.Count, outside.Sum(cluster => tallies[cluster].Documents), outside.Sum(cluster => tallies[cluster].Bytes)));
        }

        int[] left = [.. present.Where(cluster => stays[cluster])];
        if (left.Length == 0)
        {
            throw new CorpusException("clusters.prune", $"The bounds leave out all {present.Count} clusters ({string.Join(", ", pruned.Select(score => $"'{score.Score}' {score.Clusters}"))}). Widen them.");
        }

        var merges = config.Merge.Method == "none"
            ? []
            : Linkage.Merge(centers.Select(left), [.. left.Select(cluster => tallies[cluster].Documents)], config.Merge.Method);
        var made = Linkage.Cut(merges, config.Merge.TargetK, config.Merge.Threshold);
        return new ClusterMap(Number(left, merges.Take(made), tallies))
        {
            Pruned = pruned,
            Dendrogram = [.. merges.Select(merge => merge with { Into = left[merge.Into], From = left[merge.From] })],
            MergesMade = made,
        };
    }

    private static int[] Number(int[] left, IEnumerable<ClusterMerge> merges, IReadOnlyList<ClusterTally> tallies)
    {
        // Merges name those that are left by their place; the lower place stands for both.
        int[] into = [.. Enumerable.Range(0, left.Length)];
        foreach (var merge in merges)
        {
            into = [.. into.Select(place => place == merge.From ? merge.Into : place)];
        }

        var groups = Enumerable.Range(0, left.Length)
            .GroupBy(place => into[place])
            .OrderByDescending(group => group.Sum(place => tallies[left[place]].Documents))
            .ThenBy(group => group.Key);
        var numbers = new int[tallies.Count];
        Array.Fill(numbers, ClusterAssignments.Pruned);
        foreach (var (number, group) in groups.Index())
        {
            foreach (var place in group)
            {
                numbers[left[place]] = number;
            }
        }

        return numbers;
    }
}
