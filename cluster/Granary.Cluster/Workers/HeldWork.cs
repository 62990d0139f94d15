using Granary.Cluster.Grains;
using Granary.Cluster.Ledger;

namespace Granary.Cluster.Workers;

/// <summary>The leases that a worker holds, each with its work: what it tells of them, and who is told to stop.</summary>
internal sealed class HeldWork
{
    private readonly Lock _lock = new(); // guards both below
    private readonly LeaseKeeper _keeper = new();
    private readonly Dictionary<LeaseId, (LeasedWork Work, Task Ended)> _work = [];

    /// <summary>Is set when another lease is held, which may have to be lengthened before the others.</summary>
    public Signal Taken { get; } = new();

    /// <summary>Is set when the end of a lease has moved.</summary>
    public Signal EndMoved { get; } = new();

    /// <summary>The moment at which the first lease is to be lengthened; null where none is held.</summary>
    public TimeSpan? NextRenewal
    {
        get
        {
            lock (_lock)
            {
                return _keeper.NextRenewal;
            }
        }
    }

    /// <summary>The moment at which the first work is to stop; null where none goes on.</summary>
    public TimeSpan? NextEnd
    {
        get
        {
            lock (_lock)
            {
                return _keeper.NextEnd;
            }
        }
    }

    /// <summary>The leases whose work has not ended.</summary>
    public IReadOnlyList<ShardLease> Leases
    {
        get
        {
            lock (_lock)
            {
                return [.. _work.Values.Select(held => held.Work.Lease)];
            }
        }
    }

    /// <summary>Begins work under a lease that a request brought which was sent at a moment.</summary>
    /// <param name="work">The work.</param>
    /// <param name="askedAt">When it was asked for.</param>
    /// <param name="run">Runs it; yields first, so that it cannot end before it stands among the others.</param>
    public void Begin(LeasedWork work, TimeSpan askedAt, Func<Task> run)
    {
        lock (_lock)
        {
            _keeper.Take(work.Lease, askedAt);
            _work[LeaseId.Of(work.Lease)] = (work, run());
        }

        EndMoved.Set();
        Taken.Set();
    }

    /// <summary>Forgets a lease whose work is over.</summary>
    public void End(LeaseId lease)
    {
        lock (_lock)
        {
            _keeper.End(lease);
            _work.Remove(lease);
        }
    }

    /// <summary>The leases as a heartbeat tells of them, with how far their work is.</summary>
    public IReadOnlyList<HeldLease> Tell()
    {
        lock (_lock)
        {
            return [.. _keeper.Tell().Select(held => _work.TryGetValue(new LeaseId(held.Shard, held.Token), out var work) ? held with { Progress = work.Work.Progress } : held)];
        }
    }

    /// <summary>Takes in what came of a heartbeat that was sent at a moment; work whose lease is lost stops.</summary>
    public void Hear(IReadOnlyList<HeldLease> told, IReadOnlyList<ShardKey> lost, TimeSpan askedAt)
    {
        IReadOnlyList<LeaseId> gone;
        lock (_lock)
        {
            _keeper.Renew(told, lost, askedAt);
            gone = _keeper.Lose(told, lost);
        }

        Stop(gone, StopReason.Lost);
        EndMoved.Set();
    }

    /// <summary>Stops the work that must not go on at a moment.</summary>
    public void StopOverdue(TimeSpan now)
    {
        IReadOnlyList<LeaseId> overdue;
        lock (_lock)
        {
            overdue = _keeper.TakeOverdue(now);
        }

        Stop(overdue, StopReason.Overdue);
    }

    /// <summary>Stops all work.</summary>
    public void StopAll(StopReason reason) => Works().ForEach(held => held.Work.Stop(reason));

    /// <summary>Asks all work to save and end that others take up from where it stands.</summary>
    public void InterruptAll() => Works().ForEach(held => held.Work.Interrupt());

    /// <summary>How many works there are, and when all of them are over.</summary>
    public (int Count, Task Ended) All()
    {
        var works = Works();
        return (works.Count, Task.WhenAll(works.Select(held => held.Ended)));
    }

    // Not under the lock, as callbacks may run.
    private void Stop(IReadOnlyList<LeaseId> leases, StopReason reason)
    {
        Works().Where(held => leases.Contains(LeaseId.Of(held.Work.Lease))).ToList().ForEach(held => held.Work.Stop(reason));
    }

    private List<(LeasedWork Work, Task Ended)> Works()
    {
        lock (_lock)
        {
            return [.. _work.Values];
        }
    }
}
