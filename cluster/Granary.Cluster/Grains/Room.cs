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
            { Kind: DatasetKind.Driver } => WantOfDriver(dataset.Gpus),
            { Kind: DatasetKind.Ranks } => WantOfRanks(dataset.Ranks, dataset.Waiting, dataset.Gpus),
            _ => WantOfWork(dataset.Waiting, dataset.Gpus),
        };
    }

    /// <summary>Ranks that so many threads and GPUs have room for.</summary>
    internal static int ForRanks(int threads, int gpus, int threadsOfRank, int gpusOfRank)
    {
        return Math.Min(threads / threadsOfRank, gpusOfRank == 0 ? int.MaxValue : gpus / gpusOfRank);
    }

    private string? WantOfDriver(int gpus)
    {
        var places = _nodes.Where(node => node.Drivers > 0).ToList();
        return places.Any(node => node.Gpus.Count >= gpus) ? null
            : places.Count == 0 ? $"waits for a node with a place for a job's own process; {Known("none has one")}"
            : string.Create(CultureInfo.InvariantCulture, $"waits for a node with a place for a job's own process and {Named(gpus)}; {MostGpus(places)}");
    }

    private string? WantOfWork(int threads, int gpus)
    {
        var fitting = _nodes.Where(node => node.Gpus.Count >= gpus).ToList();
        var largest = fitting.Select(node => node.Threads).DefaultIfEmpty().Max();
        return largest >= threads ? null
            : gpus > 0 && fitting.Count == 0 ? string.Create(CultureInfo.InvariantCulture, $"waits for a node with {Named(gpus)}; {Known(MostGpus(_nodes))}")
            : string.Create(CultureInfo.InvariantCulture, $"waits for a node with {threads} threads{With(gpus)}; {Known($"the largest has {largest}")}");
    }

    private string? WantOfRanks(int ranks, int threads, int gpus)
    {
        var room = _nodes.Sum(node => ForRanks(node.Threads, node.Gpus.Count, threads, gpus));
        return room >= ranks ? null
            : string.Create(CultureInfo.InvariantCulture, $"waits for nodes with room for {ranks} ranks of {threads} threads{With(gpus)} each; {Known($"all together have room for {room}")}");
    }

    private static string MostGpus(IEnumerable<NodeDescription> nodes)
    {
        return nodes.Max(node => (int?)node.Gpus.Count) is > 0 and var most ? string.Create(CultureInfo.InvariantCulture, $"none has more than {most}") : "none has any";
    }

    private static string With(int gpus) => gpus == 0 ? string.Empty : $" and {Named(gpus)}";

    private static string Named(int gpus) => string.Create(CultureInfo.InvariantCulture, $"{gpus} GPU{(gpus == 1 ? string.Empty : "s")}");

    private string Known(string what) => _nodes.Count == 0 ? "there is none" : what;
}
