using System.Globalization;
using Granary.Cluster.Ledger;

namespace Granary.Cluster.Grains;

/// <summary>What nodes could take if nothing else ran on them.</summary>
public sealed class Room
{
    private readonly IReadOnlyList<NodeDescription> _nodes;

    /// <summary>The room of the nodes that take work: those that live and are not asked to end.</summary>
    public Room(IEnumerable<NodeSnapshot> nodes)
    {
        ArgumentNullException.ThrowIfNull(nodes);
        _nodes = [.. nodes.Where(node => !node.IsLost && !node.IsDraining).Select(node => node.Description)];
    }

    /// <summary>What of a dataset waits in vain while no other node joins, as a sentence; null where all of it finds room in its turn.</summary>
    public string? WantOf(QueuedDataset dataset)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        return dataset switch
        {
            { Waiting: 0 } => null,
            { Kind: DatasetKind.Driver } => _nodes.Any(node => node.Drivers > 0) ? null : $"waits for a node with a place for a job's own process; {Known("none has one")}",
            { Kind: DatasetKind.Ranks } => WantOfRanks(dataset.Ranks, dataset.Waiting),
            _ => WantOfWork(dataset.Waiting),
        };
    }

    private string? WantOfWork(int threads)
    {
        var largest = _nodes.Select(node => node.Threads).DefaultIfEmpty().Max();
        return largest >= threads ? null : string.Create(CultureInfo.InvariantCulture, $"waits for a node with {threads} threads; {Known($"the largest has {largest}")}");
    }

    private string? WantOfRanks(int ranks, int threads)
    {
        var room = _nodes.Sum(node => node.Threads / threads);
        return room >= ranks ? null : string.Create(CultureInfo.InvariantCulture, $"waits for nodes with room for {ranks} ranks of {threads} threads each; {Known($"all together have room for {room}")}");
    }

    private string Known(string what) => _nodes.Count == 0 ? "there is none" : what;
}
