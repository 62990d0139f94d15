using Granary.Cluster.Ledger;

namespace Granary.Cluster.Grains;

/// <summary>Whose work a free place takes: the highest priority's, then that of the job with the fewest running threads, then the oldest.</summary>
/// <remarks>
/// A question costs one look at each lane that has something to grant; datasets of which everything is granted cost nothing.
/// A lane that needs more threads than a node has free is passed over when narrower work behind it takes the place. After
/// so many passes as are allowed the node is kept for it: until one of its shards is granted, only it and what has a higher
/// priority may run there, so its threads become free one after the other. At most one node is kept for a lane, and only
/// one that is wide enough when nothing runs on it.
/// </remarks>
internal sealed partial class FairQueue
{
    private readonly int _mostPasses;
    private readonly Dictionary<string, QueuedWork> _works = [];
    private readonly HashSet<QueueLane> _waiting = [];
    private readonly Dictionary<string, int> _threadsByJob = [];
    private readonly Dictionary<string, int> _threadsByNode = [];
    private readonly Dictionary<string, int> _workByNode = []; // the same without ranks
    private readonly Dictionary<string, QueueLane> _keptFor = []; // by node
    private readonly GangPlacement _gangs;
    private long _entered;

    public FairQueue(int mostPasses, GangPlacement? gangs = null)
    {
        _mostPasses = mostPasses;
        _gangs = gangs ?? new GangPlacement(mostPasses, TimeSpan.MaxValue, TimeProvider.System);
    }

    /// <summary>Lanes that a question looks at.</summary>
    public int WaitingLanes => _waiting.Count;

    /// <summary>Grows whenever a place that was refused may be worth another question.</summary>
    public long Version { get; private set; }

    public QueueState State => new() { Entries = [.. _works.Values.OrderBy(work => work.Age).Select(work => work.Entry)] };

    public IReadOnlyList<string> Datasets => [.. _works.Keys];

    /// <summary>Lets in what was in it in a former life.</summary>
    public void Restore(QueueState state)
    {
        foreach (var entry in state.Entries)
        {
            _works.Add(entry.Dataset, new QueuedWork(entry, _entered++) { EndedBefore = [] });
        }
    }

    /// <summary>Lets a dataset in, or changes its priority and GPUs; false where it stands as it is to stand.</summary>
    public bool Enter(QueueEntry entry)
    {
        if (!_works.TryGetValue(entry.Dataset, out var work))
        {
            _works.Add(entry.Dataset, new QueuedWork(entry, _entered++));
            return true;
        }

        var isOther = (work.Entry.Priority, work.Entry.Gpus) != (entry.Priority, entry.Gpus);
        work.Entry = work.Entry with { Priority = entry.Priority, Gpus = entry.Gpus };
        return isOther;
    }

    public bool Leave(string dataset)
    {
        if (!_works.Remove(dataset, out var work))
        {
            return false;
        }

        foreach (var lane in work.Lanes.Values)
        {
            Close(lane);
        }

        foreach (var run in work.Running.Values)
        {
            Count(work, run.Node, -run.Weight);
        }

        _gangs.Leave(dataset);
        return true;
    }

    /// <summary>A dataset has shards of so many threads to grant.</summary>
    public void Waits(string dataset, int threads)
    {
        if (!_works.TryGetValue(dataset, out var work))
        {
            return;
        }

        if (!work.Lanes.TryGetValue(threads, out var lane))
        {
            work.Lanes.Add(threads, lane = new QueueLane(work, threads));
        }

        lane.Calls++;
        LetWait(lane);
        Version++;
    }

    /// <summary>Takes in what a dataset had granted, and has to grant, before this queue came to life.</summary>
    public void Resume(string dataset, DatasetDemand demand)
    {
        if (!_works.TryGetValue(dataset, out var work))
        {
            return;
        }

        foreach (var shard in demand.Running.Where(shard => !work.Running.ContainsKey(shard.Shard) && !HasEnded(work, shard)))
        {
            Run(work, shard.Shard, new QueuedRun(shard.Node, shard.Token, new QueueLane(work, shard.Threads).Weight));
        }

        work.EndedBefore = null;

        foreach (var threads in demand.Waiting)
        {
            Waits(dataset, threads);
        }
    }

    public void Ended(ShardKey shard, LeaseToken token)
    {
        if (!_works.TryGetValue(shard.Dataset, out var work))
        {
            return;
        }

        if (work.EndedBefore is not null)
        {
            work.EndedBefore[shard.Index] = token;
        }

        if (work.Running.TryGetValue(shard.Index, out var run) && run.Token.CompareTo(token) <= 0)
        {
            work.Running.Remove(shard.Index);
            Count(work, run.Node, -run.Weight);
        }
    }

    /// <summary>A node takes no more work.</summary>
    public void Forget(string node)
    {
        if (_keptFor.TryGetValue(node, out var lane))
        {
            LetGo(lane);
        }

        _gangs.Forget(node);
    }

    /// <summary>
    /// Whose shard takes a place of the node; null where none may. Each one that is given has to be settled by
    /// <see cref="Granted"/>, <see cref="Refused"/> or <see cref="Failed"/>.
    /// </summary>
    public QueueGrant? Next(NodeOffer offer)
    {
        // A driver takes nothing from work, and until it runs its job has none.
        if (offer.Drivers > 0 && First(lane => lane.Work.Entry.Kind == DatasetKind.Driver && lane.Work.Entry.Gpus <= offer.Gpus) is { } driver)
        {
            return Take(driver, offer.Node);
        }

        if (offer.AcceptsRanks && RankFor(offer) is { } rank)
        {
            return Take(rank, offer.Node);
        }

        var kept = _keptFor.GetValueOrDefault(offer.Node);
        var free = offer.Threads - _gangs.ReservedOn(offer.Node);
        var first = First(lane => lane.Work.Entry.Kind == DatasetKind.Work && lane.Work.Entry.Gpus <= offer.Gpus && lane.Threads <= free && MayRunBeside(kept, lane) && !_gangs.IsKeptBefore(offer.Node, lane.Work.Entry.Priority));
        if (first is null || PassesGangs(first, offer) || (kept is null && !_gangs.IsKept(offer.Node) && IsKeptBefore(first, offer)))
        {
            return null;
        }

        return Take(first, offer.Node);
    }

    /// <summary>The dataset granted a shard.</summary>
    public void Granted(QueueGrant grant, int shard, LeaseToken token)
    {
        Uncount(grant);
        grant.Lane.Passes = 0;
        LetGo(grant.Lane);
        if (_gangs.IsWhole(grant.Dataset))
        {
            Close(grant.Lane);
        }

        if (IsIn(grant.Lane.Work))
        {
            Run(grant.Lane.Work, shard, new QueuedRun(grant.Node, token, grant.Lane.Weight));
        }
    }

    /// <summary>The dataset had nothing to grant.</summary>
    public void Refused(QueueGrant grant)
    {
        Failed(grant);
        _gangs.Leave(grant.Dataset);
        if (grant.Lane.Calls == grant.Calls)
        {
            Close(grant.Lane);
        }
        else
        {
            LetWait(grant.Lane);
        }
    }

    /// <summary>Nobody knows what the dataset did.</summary>
    public void Failed(QueueGrant grant)
    {
        Uncount(grant);
        Spend(grant.Lane, grant.Node, -1);
    }

    /// <summary>All datasets, the one first that the next free place would ask first.</summary>
    public QueueSnapshot Snapshot()
    {
        var ordered = _works.Values.OrderByDescending(work => work.Entry.Priority).ThenBy(ThreadsOf).ThenBy(work => work.Age);
        return new QueueSnapshot([.. ordered.Select(work => new QueuedDataset(work.Entry.Dataset, work.Entry.Job, work.Entry.Kind, work.Entry.Priority, work.Running.Count, WidestWaiting(work), work.Entry.Ranks, work.Entry.Gpus))]);
    }

    // Narrower work is about to go in front of wider work: once that has happened too often, the node is kept.
    private bool IsKeptBefore(QueueLane narrow, NodeOffer offer)
    {
        var threads = offer.Threads + _threadsByNode.GetValueOrDefault(offer.Node);
        QueueLane? starved = null;
        foreach (var lane in _waiting.Where(IsPassed))
        {
            lane.Passes++;
            if (lane.Passes > _mostPasses && lane.KeptNode is null && (starved is null || Precedes(lane, starved)))
            {
                starved = lane;
            }
        }

        if (starved is not null)
        {
            starved.KeptNode = offer.Node;
            _keptFor.Add(offer.Node, starved);
        }

        return starved is not null;

        bool IsPassed(QueueLane lane)
        {
            return lane.Work.Entry.Kind == DatasetKind.Work && lane.Work.Entry.Gpus <= offer.Gpus && lane.Threads > offer.Threads && lane.Threads <= threads && Precedes(lane, narrow);
        }
    }

    private static bool HasEnded(QueuedWork work, RunningShard shard)
    {
        return work.EndedBefore is not null && work.EndedBefore.TryGetValue(shard.Shard, out var token) && shard.Token.CompareTo(token) <= 0;
    }

    private static bool MayRunBeside(QueueLane? kept, QueueLane lane)
    {
        return kept is null || lane == kept || lane.Work.Entry.Priority > kept.Work.Entry.Priority;
    }

    private QueueLane? First(Func<QueueLane, bool> fits)
    {
        QueueLane? first = null;
        foreach (var lane in _waiting)
        {
            if (fits(lane) && (first is null || Precedes(lane, first)))
            {
                first = lane;
            }
        }

        return first;
    }

    private bool Precedes(QueueLane a, QueueLane b)
    {
        // Of one dataset the wider shards go first: narrow ones find a place anywhere.
        return (-a.Work.Entry.Priority, ThreadsOf(a.Work), a.Work.Age, -a.Threads).CompareTo((-b.Work.Entry.Priority, ThreadsOf(b.Work), b.Work.Age, -b.Threads)) < 0;
    }

    private QueueGrant Take(QueueLane lane, string node)
    {
        Count(lane.Work, node, lane.Weight);
        Spend(lane, node, 1);
        return new QueueGrant(lane, node, lane.Calls);
    }

    private void Uncount(QueueGrant grant) => Count(grant.Lane.Work, grant.Node, -grant.Lane.Weight);

    private void Run(QueuedWork work, int shard, QueuedRun run)
    {
        if (work.Running.Remove(shard, out var former))
        {
            Count(work, former.Node, -former.Weight);
        }

        work.Running.Add(shard, run);
        Count(work, run.Node, run.Weight);
    }

    private void Count(QueuedWork work, string node, int threads)
    {
        Add(_threadsByJob, work.Entry.Job, threads);
        Add(_threadsByNode, node, threads);
        if (work.Entry.Kind == DatasetKind.Work)
        {
            Add(_workByNode, node, threads);
        }
    }

    private static void Add(Dictionary<string, int> counts, string name, int threads)
    {
        var sum = counts.GetValueOrDefault(name) + threads;
        if (sum == 0)
        {
            counts.Remove(name);
        }
        else
        {
            counts[name] = sum;
        }
    }

    private void Close(QueueLane lane)
    {
        _waiting.Remove(lane);
        lane.Passes = 0;
        LetGo(lane);
    }

    private void LetGo(QueueLane lane)
    {
        if (lane.KeptNode is { } node)
        {
            _keptFor.Remove(node);
            lane.KeptNode = null;
            Version++; // the node may take other work now
        }
    }

    private int WidestWaiting(QueuedWork work) => work.Lanes.Values.Where(_waiting.Contains).Select(lane => lane.Threads).DefaultIfEmpty().Max();

    private int ThreadsOf(QueuedWork work) => _threadsByJob.GetValueOrDefault(work.Entry.Job);

    private bool IsIn(QueuedWork work) => _works.GetValueOrDefault(work.Entry.Dataset) == work;
}
