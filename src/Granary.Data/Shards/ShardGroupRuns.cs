using Granary.Core;

namespace Granary.Data.Shards;

/// <summary>Collects the groups of a bucket's rows, given in the order of the rows, as runs.</summary>
public sealed class ShardGroupRuns
{
    /// <summary>Runs a bucket may have: they stand in the manifest, and a sampler goes through all of them.</summary>
    public const int MostRuns = 4_096;

    private readonly int _exponent;
    private readonly List<ShardGroup> _finished = [];
    private (int Source, int Cluster, long Rows) _open; // the last run, which may still grow; none while it has no rows

    /// <summary>Creates an empty collection for rows of 2^<paramref name="exponent"/> ids.</summary>
    public ShardGroupRuns(int exponent)
    {
        _exponent = exponent;
    }

    /// <summary>The runs so far; neighbours differ.</summary>
    public IReadOnlyList<ShardGroup> Runs => _open.Rows == 0 ? [] : [.. _finished, Closed()];

    /// <summary>Adds rows behind those added before.</summary>
    /// <exception cref="CorpusException">The rows change between groups too often.</exception>
    public void Add(int source, int cluster, long rows)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(cluster, ShardGroup.NoCluster);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(rows);
        if (_open.Rows > 0 && (source, cluster) != (_open.Source, _open.Cluster))
        {
            Close();
        }

        _open = (source, cluster, _open.Rows + rows);
    }

    private void Close()
    {
        if (_finished.Count == MostRuns - 1)
        {
            throw new CorpusException(
                $"bucket 2^{_exponent}",
                $"its rows change between sources or clusters '{MostRuns}' times, but a manifest lists at most {MostRuns} runs. Give the documents source by source, and cluster by cluster within a source.");
        }

        _finished.Add(Closed());
        _open = default;
    }

    private ShardGroup Closed()
    {
        return new ShardGroup { Source = _open.Source, Cluster = _open.Cluster, Rows = _open.Rows };
    }
}
