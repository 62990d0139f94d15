using Granary.Cluster.Ledger;
using Granary.Testing;

namespace Granary.Cluster.Grains.Tests;

/// <summary>Nodes, work and gangs around a queue, as a coordinator sees them: nodes ask, take, end what they have, and are lost.</summary>
internal sealed class GangWorld
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly Dictionary<string, int> _threads = [];
    private readonly Dictionary<string, int> _gpus = [];
    private readonly Dictionary<string, (DatasetKind Kind, int Threads, int Left)> _datasets = [];
    private readonly List<(string Node, string Dataset, int Index, int Threads)> _running = [];
    private readonly HashSet<string> _cancelled = [];

    public GangWorld(int mostPasses = int.MaxValue)
    {
        Queue = new FairQueue(mostPasses, new GangPlacement(mostPasses, Patience, Clock));
    }

    public ManualClock Clock { get; } = new();

    public FairQueue Queue { get; }

    public IReadOnlyList<string> Nodes => [.. _threads.Keys];

    public IReadOnlySet<string> Cancelled => _cancelled;

    public void AddNode(string node, int threads, int gpus = 0)
    {
        _threads.Add(node, threads);
        _gpus.Add(node, gpus);
    }

    public void EnterGang(string dataset, int ranks, int threads = 1, int priority = 0, int gpus = 0)
    {
        _datasets.Add(dataset, (DatasetKind.Ranks, threads, ranks));
        Queue.Enter(new QueueEntry(dataset, dataset, DatasetKind.Ranks, priority, ranks, gpus));
        Queue.Waits(dataset, threads);
    }

    public void EnterWork(string dataset, int shards, int threads = 1, int priority = 0, int gpus = 0)
    {
        _datasets.Add(dataset, (DatasetKind.Work, threads, shards));
        Queue.Enter(new QueueEntry(dataset, dataset, DatasetKind.Work, priority, Gpus: gpus));
        Queue.Waits(dataset, threads);
    }

    public int Placed(string dataset) => _running.Count(run => run.Dataset == dataset);

    public int PlacedOn(string node, string dataset) => _running.Count(run => run.Node == node && run.Dataset == dataset);

    public int ThreadsOf(string node) => _threads[node];

    public int ThreadsOn(string node) => _running.Where(run => run.Node == node).Sum(run => run.Threads);

    /// <summary>A node asks with what it has free; gives the dataset of which it is granted a shard.</summary>
    public string? Ask(string node)
    {
        while (Queue.Next(new NodeOffer(node, _threads[node] - ThreadsOn(node), Drivers: 0, AcceptsRanks: true, _gpus[node])) is { } grant)
        {
            var (kind, threads, left) = _datasets[grant.Dataset];
            if (left == 0)
            {
                Queue.Refused(grant);
                continue;
            }

            _datasets[grant.Dataset] = (kind, threads, left - 1);
            _running.Add((node, grant.Dataset, left, threads));
            Queue.Granted(grant, left, new LeaseToken(1, 1));
            return grant.Dataset;
        }

        foreach (var broken in Queue.TakeBroken())
        {
            Cancel(broken);
        }

        return null;
    }

    /// <summary>Every node asks until nobody is given anything.</summary>
    public void Settle()
    {
        for (var isGiven = true; isGiven;)
        {
            // Twice: a place may be made by the question of the last one.
            isGiven = Nodes.Concat(Nodes).ToList().Any(node => Ask(node) is not null);
        }
    }

    public void End(string node, string dataset)
    {
        var run = _running.First(run => run.Node == node && run.Dataset == dataset);
        _running.Remove(run);
        Queue.Ended(new ShardKey(dataset, run.Index), new LeaseToken(1, 1));
    }

    /// <summary>Some work ends, where there is any; <paramref name="pick"/> chooses below a bound.</summary>
    public void EndAny(Func<int, int> pick)
    {
        var work = _running.Where(run => _datasets[run.Dataset].Kind == DatasetKind.Work).ToList();
        if (work.Count > 0)
        {
            var run = work[pick(work.Count)];
            End(run.Node, run.Dataset);
        }
    }

    /// <summary>All of a gang has ended.</summary>
    public void Cancel(string dataset)
    {
        _cancelled.Add(dataset);
        _running.RemoveAll(run => run.Dataset == dataset);
        _datasets[dataset] = _datasets[dataset] with { Left = 0 };
        Queue.Leave(dataset);
    }

    /// <summary>A node is gone, with what it had.</summary>
    public void Lose(string node)
    {
        foreach (var (_, dataset, index, _) in _running.Where(run => run.Node == node).ToList())
        {
            Queue.Ended(new ShardKey(dataset, index), new LeaseToken(1, 1));
        }

        _running.RemoveAll(run => run.Node == node);
        _threads.Remove(node);
        _gpus.Remove(node);
        Queue.Forget(node);
    }
}
