using Granary.Core;
using Granary.Core.Randomness;
using Granary.Data.Shards;

namespace Granary.Data.Batching;

/// <summary>Rows of one bucket that a mixture weighs together: those of one source and cluster, or all of them.</summary>
internal sealed class MixtureGroup
{
    private readonly List<(long Index, long Row)> _runs = []; // where each run begins: within the group, within the bucket
    private long _allRows;
    private RowPermutation? _part; // which rows are the first; null where all may be used

    private MixtureGroup(int bucket, int exponent, int source, int cluster)
    {
        Bucket = bucket;
        Exponent = exponent;
        Source = source;
        Cluster = cluster;
    }

    /// <summary>The bucket's place among the set's, from 0.</summary>
    public int Bucket { get; }

    /// <summary>Rows have 2 to this power inputs.</summary>
    public int Exponent { get; }

    /// <summary>The source; -1 for the whole bucket.</summary>
    public int Source { get; }

    /// <summary>The cluster; <see cref="ShardGroup.NoCluster"/> without one.</summary>
    public int Cluster { get; }

    /// <summary>Whether the group is the whole bucket, whatever its sources.</summary>
    public bool IsWholeBucket => Source < 0;

    /// <summary>Rows of the group that may be used: all, unless a part was kept.</summary>
    public long Rows { get; private set; }

    /// <summary>Inputs in these rows.</summary>
    public long Tokens => Rows << Exponent;

    /// <summary>Inputs in all rows there are.</summary>
    public long AllTokens => _allRows << Exponent;

    /// <summary>One group a bucket.</summary>
    public static IReadOnlyList<MixtureGroup> WholeBuckets(IReadOnlyList<ShardBucket> buckets)
    {
        return [.. buckets.Select((bucket, i) =>
        {
            var group = new MixtureGroup(i, bucket.Exponent, source: -1, ShardGroup.NoCluster);
            group.Add(0, bucket.Rows);
            return group;
        })];
    }

    /// <summary>The groups of all buckets, by bucket, source and cluster; null when the set does not say which rows are whose.</summary>
    public static IReadOnlyList<MixtureGroup>? OfSources(IReadOnlyList<ShardBucket> buckets)
    {
        var groups = new List<MixtureGroup>();
        for (var i = 0; i < buckets.Count; i++)
        {
            if (buckets[i].Groups is not { } runs)
            {
                return null;
            }

            var ofBucket = new SortedDictionary<(int Source, int Cluster), MixtureGroup>();
            var row = 0L;
            foreach (var run in runs)
            {
                if (!ofBucket.TryGetValue((run.Source, run.Cluster), out var group))
                {
                    group = new MixtureGroup(i, buckets[i].Exponent, run.Source, run.Cluster);
                    ofBucket.Add((run.Source, run.Cluster), group);
                }

                group.Add(row, run.Rows);
                row += run.Rows;
            }

            groups.AddRange(row == buckets[i].Rows
                ? ofBucket.Values
                : throw new CorpusException($"bucket 2^{buckets[i].Exponent}", $"its groups have '{row}' rows but it has {buckets[i].Rows}. Restore the manifest or build the shards again."));
        }

        return groups;
    }

    /// <summary>Keeps a share of the rows, rounded but at least one, drawn by the key.</summary>
    public void Keep(double share, RandomKey key)
    {
        _part = new RowPermutation(key, _allRows);
        Rows = Math.Clamp((long)Math.Round(share * _allRows), 1, _allRows);
    }

    /// <summary>The bucket's row at a place of the group.</summary>
    public long RowAt(long index)
    {
        index = _part?.At(index) ?? index;
        var (low, high) = (0, _runs.Count - 1);
        while (low < high)
        {
            var middle = (low + high + 1) / 2;
            (low, high) = _runs[middle].Index <= index ? (middle, high) : (low, middle - 1);
        }

        return _runs[low].Row + (index - _runs[low].Index);
    }

    private void Add(long firstRow, long rows)
    {
        _runs.Add((_allRows, firstRow));
        _allRows += rows;
        Rows = _allRows;
    }
}
