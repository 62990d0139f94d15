using Granary.Cluster.Ledger;

namespace Granary.Cluster.Grains.Tests;

/// <summary>Datasets and nodes around a queue, so plain that what should happen can be read off.</summary>
internal sealed class QueueWorld
{
    private readonly int _mostPasses;
    private readonly List<(string Dataset, string Job, int Priority, DatasetKind Kind)> _datasets = [];
    private readonly Dictionary<string, List<(int Index, int Threads)>> _free = [];
    private readonly List<(string Node, string Dataset, string Job, int Index, int Threads)> _running = [];
    private readonly Dictionary<string, int> _threads = [];

    public QueueWorld(int mostPasses)
    {
        _mostPasses = mostPasses;
        Queue = new FairQueue(mostPasses);
    }

    public FairQueue Queue { get; private set; }

    public List<ShardKey> Granted { get; } = [];

    public List<string> Nodes => [.. _threads.Keys];

    public int Left => _free.Values.Sum(shards => shards.Count);

    public void AddNode(string node, int threads) => _threads.Add(node, threads);

    public void Enter(string dataset, string job, int priority, IEnumerable<int> shards, DatasetKind kind = DatasetKind.Work)
    {
        _datasets.Add((dataset, job, priority, kind));
        _free.Add(dataset, [.. shards.Select((threads, index) => (index, threads))]);
        Queue.Enter(new QueueEntry(dataset, job, kind, priority));
        foreach (var threads in _free[dataset].Select(shard => shard.Threads).Distinct())
        {
            Queue.Waits(dataset, threads);
        }
    }

    /// <summary>Another queue over the state that the former one kept.</summary>
    public void Restart()
    {
        var state = Queue.State;
        Queue = new FairQueue(_mostPasses);
        Queue.Restore(state);
        foreach (var entry in state.Entries)
        {
            var running = _running.Where(run => run.Dataset == entry.Dataset).Select(run => new RunningShard(run.Index, run.Threads, run.Node, new LeaseToken(1, 1)));
            Queue.Resume(entry.Dataset, new DatasetDemand([.. _free[entry.Dataset].Select(shard => shard.Threads).Distinct()], [.. running], IsOver: false));
        }
    }

    public string? Ask(string node) => Ask(node, FreeThreads(node));

    /// <summary>The dataset of which a shard is granted.</summary>
    public string? Ask(string node, int threads, int drivers = 0)
    {
        while (Queue.Next(new NodeOffer(node, threads, drivers, AcceptsRanks: false)) is { } grant)
        {
            var found = _free[grant.Dataset].FindIndex(shard => shard.Threads == grant.Threads);
            if (found < 0)
            {
                Queue.Refused(grant);
                continue;
            }

            var (index, width) = _free[grant.Dataset][found];
            _free[grant.Dataset].RemoveAt(found);
            _running.Add((node, grant.Dataset, _datasets.Find(dataset => dataset.Dataset == grant.Dataset).Job, index, width));
            Granted.Add(new ShardKey(grant.Dataset, index));
            Queue.Granted(grant, index, new LeaseToken(1, 1));
            return grant.Dataset;
        }

        return null;
    }

    /// <summary>The datasets that a node's threads go to, until nothing fits.</summary>
    public List<string> Fill(string node, int threads)
    {
        var granted = new List<string>();
        while (Ask(node, threads) is { } dataset)
        {
            granted.Add(dataset);
            threads -= _running[^1].Threads;
        }

        return granted;
    }

    public void EndOldest(string node)
    {
        var oldest = _running.FindIndex(run => run.Node == node);
        if (oldest >= 0)
        {
            Queue.Ended(new ShardKey(_running[oldest].Dataset, _running[oldest].Index), new LeaseToken(1, 1));
            _running.RemoveAt(oldest);
        }
    }

    public string? EndOldestAndAsk(string node)
    {
        EndOldest(node);
        return Ask(node);
    }

    public int ThreadsOf(string job) => _running.Where(run => run.Job == job).Sum(run => run.Threads);

    /// <summary>The slow way to choose: sort all shards that fit by the rule.</summary>
    public string? SortedChoice(string node)
    {
        var threads = FreeThreads(node);
        return _datasets
            .Select((dataset, age) => (dataset, age))
            .SelectMany(found => _free[found.dataset.Dataset].Select(shard => (found.dataset, found.age, shard.Threads)))
            .Where(shard => shard.Threads <= threads)
            .OrderByDescending(shard => shard.dataset.Priority)
            .ThenBy(shard => ThreadsOf(shard.dataset.Job))
            .ThenBy(shard => shard.age)
            .Select(shard => shard.dataset.Dataset)
            .FirstOrDefault();
    }

    private int FreeThreads(string node) => _threads[node] - _running.Where(run => run.Node == node).Sum(run => run.Threads);
}
