using Granary.Cluster.Grains;
using Granary.Cluster.Host.Endpoints;
using Granary.Cluster.Ledger;

namespace Granary.Cluster.Host.Metrics;

/// <summary>Counts what there is.</summary>
internal sealed class StandingReader
{
    private static readonly string[] NodeStates = ["alive", "draining", "lost"];

    private readonly ClusterReader _reader;

    public StandingReader(ClusterReader reader)
    {
        _reader = reader;
    }

    public async Task<ClusterStanding> ReadAsync()
    {
        var (nodes, jobs, datasets) = (await _reader.NodesAsync(), await _reader.JobsAsync(), await _reader.QueuedAsync());
        return new ClusterStanding
        {
            Nodes = NodeStates.ToDictionary(state => state, state => nodes.LongCount(node => StateOf(node) == state)),
            Jobs = Enum.GetValues<JobStatus>().ToDictionary(Word, status => jobs.LongCount(job => job.Status == status)),
            Shards = Enum.GetValues<ShardState>().ToDictionary(Word, state => datasets.Sum(dataset => (long)dataset.Shards.GetValueOrDefault(state))),
            QueuedDatasets = datasets.Length,
        };
    }

    // A state that nothing is in is shown with 0: a series that comes and goes cannot be watched.
    private static string Word<TEnum>(TEnum state)
        where TEnum : struct, Enum
    {
        return state.ToString().ToLowerInvariant();
    }

    private static string StateOf(NodeSnapshot node)
    {
        return node.IsLost ? "lost" : node.IsDraining ? "draining" : "alive";
    }
}
