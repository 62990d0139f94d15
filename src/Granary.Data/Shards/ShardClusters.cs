namespace Granary.Data.Shards;

/// <summary>
/// Joins buckets so that the rows of a cluster lie together, whatever the order of the documents: then a manifest needs one
/// run for each source and cluster, however many parts there are.
/// </summary>
internal static class ShardClusters
{
    /// <summary>The parts of a bucket as one: shards that hold one cluster alone come cluster by cluster, all others as they stand.</summary>
    public static ShardBucket Join(int exponent, IReadOnlyList<ShardBucket> parts)
    {
        var shards = parts.SelectMany(part => part.Shards).ToList();
        var bucket = new ShardBucket { Exponent = exponent, Rows = parts.Sum(part => part.Rows), Shards = shards };
        if (parts.Any(part => part.Groups is null))
        {
            return bucket;
        }

        var runs = parts.SelectMany(Split).ToList();
        if (runs.TrueForAll(shard => shard.DistinctBy(group => group.Cluster).Count() == 1))
        {
            int[] order = [.. Enumerable.Range(0, runs.Count).OrderBy(i => runs[i][0].Cluster)]; // stable
            shards = [.. order.Select(i => shards[i])];
            runs = [.. order.Select(i => runs[i])];
        }

        var joined = new ShardGroupRuns(exponent);
        foreach (var group in runs.SelectMany(shard => shard))
        {
            joined.Add(group.Source, group.Cluster, group.Rows);
        }

        return bucket with { Shards = shards, Groups = joined.Runs };
    }

    // The runs of each shard's rows.
    private static IEnumerable<IReadOnlyList<ShardGroup>> Split(ShardBucket part)
    {
        var (next, taken) = (0, 0L);
        foreach (var shard in part.Shards)
        {
            var runs = new List<ShardGroup>();
            for (var left = shard.Rows; left > 0;)
            {
                var group = part.Groups![next];
                var rows = Math.Min(left, group.Rows - taken);
                runs.Add(group with { Rows = rows });
                left -= rows;
                (next, taken) = taken + rows == group.Rows ? (next + 1, 0) : (next, taken + rows);
            }

            yield return runs;
        }
    }
}
