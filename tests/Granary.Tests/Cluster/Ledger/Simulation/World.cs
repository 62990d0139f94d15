using Granary.Cluster.Ledger.Tests;
using Granary.Testing;

namespace Granary.Cluster.Ledger.Simulation.Tests;

/// <summary>
/// A coordinator, its database and its workers in one thread under a clock of their own: events in the order of their times, all
/// randomness of one seed. Faults come for a while; when they have stopped, all shards must be done within a bound (I8).
/// </summary>
internal sealed class World
{
    /// <summary>A lease's time in steps of half a second.</summary>
    public const int Lease = 60;

    private const int FaultTime = 600;
    private const int Bound = 3_000;

    private static readonly TimeSpan Step = TimeSpan.FromSeconds(0.5);

    public static readonly TimeSpan LeaseTime = Lease * Step;
    public static readonly ShardWork Work = new() { Arguments = ["tokenize"] };

    private readonly PriorityQueue<Action, (long Time, long Order)> _events = new();
    private readonly ManualClock _clock = new();
    private readonly SimulatedCoordinator _coordinator;
    private readonly List<SimulatedWorker> _workers = [];
    private readonly HashSet<string> _additions = []; // not answered yet
    private long _order;
    private int _names;
    private bool _isCoordinatorDown;

    public World(long seed, PlantedBug bug)
    {
        Chance = new Chance(seed);
        Bug = bug;
        Faults = new FaultMix(Chance);
        Ledger = new ReferenceLedger(_clock, bug);
        Invariants = new Invariants(() => Now);
        _coordinator = new SimulatedCoordinator(this);
    }

    public Chance Chance { get; }

    public PlantedBug Bug { get; }

    public FaultMix Faults { get; }

    public ReferenceLedger Ledger { get; }

    public Invariants Invariants { get; }

    public long Now { get; private set; }

    public bool HasFaults => Now < FaultTime;

    public bool IsDatabaseAway { get; private set; }

    private bool IsDone => _additions.Count == 0 && AreDone(SimulatedCoordinator.Main) && AreDone(SimulatedCoordinator.Side);

    /// <summary>Runs the seed to its end and gives what must not have been; null where all was well.</summary>
    public string? Run()
    {
        Begin();
        while (Invariants.Violation is null && _events.TryDequeue(out var action, out var when))
        {
            _clock.Advance((when.Time - Now) * Step);
            Now = when.Time;
            action();
            if (!HasFaults && IsDone)
            {
                Invariants.Ended(Ledger.List(SimulatedCoordinator.Main, 0, 1_000).Count);
                return Invariants.Violation;
            }

            if (Now > Bound)
            {
                Invariants.Fail("I8: shards are open long after the last fault");
            }
        }

        return Invariants.Violation;
    }

    /// <summary>Lets something happen later.</summary>
    public void After(int time, Action action) => _events.Enqueue(action, (Now + time, _order++));

    /// <summary>Sends a request and, if it arrives, its answer back; either may be lost, doubled, delayed and overtaken.</summary>
    public void Send(SimulatedWorker worker, Func<SimulatedCoordinator, object?> request, Action<object?> takeReply)
    {
        if (worker.IsCutTowards)
        {
            return;
        }

        Deliver(() =>
        {
            if (_isCoordinatorDown)
            {
                return;
            }

            var reply = request(_coordinator);
            if (!worker.IsCutFrom)
            {
                Deliver(() => worker.Act(() => takeReply(reply)));
            }
        });
    }

    /// <summary>No two workers that run may work on one shard. After a restore, those from before work on in vain until their time is over.</summary>
    public void CheckThatWorkIsAlone()
    {
        for (var first = 0; first < _workers.Count; first++)
        {
            for (var second = first + 1; second < _workers.Count; second++)
            {
                var (one, other) = (_workers[first].WorksOn, _workers[second].WorksOn);
                if (one is not null && one?.Shard == other?.Shard && one?.Token.Incarnation == Invariants.Incarnation && other?.Token.Incarnation == Invariants.Incarnation)
                {
                    Invariants.Fail($"I2: {_workers[first].Name} and {_workers[second].Name} work on {one?.Shard}");
                }
            }
        }
    }

    private void Begin()
    {
        Ledger.Open();
        var shards = Chance.Between(3, 8);
        Ledger.Create(new DatasetSpec { Id = SimulatedCoordinator.Main, Job = "job", Shards = [.. Enumerable.Repeat(Work, shards)], MostFailures = 1_000 });
        Ledger.Create(new DatasetSpec { Id = SimulatedCoordinator.Side, Job = "job", Shards = [Work, Work], MostFailures = 1_000 });
        Invariants.Created(shards);
        for (var worker = Chance.Between(2, 5); worker > 0; worker--)
        {
            AddWorker();
        }

        for (var addition = Chance.Between(0, 4); addition > 0; addition--)
        {
            var (operation, count) = ($"add{addition}", Chance.Between(1, 3));
            _additions.Add(operation);
            After(Chance.Between(1, FaultTime), () => Add(operation, count));
        }

        ScheduleFaults();
    }

    private void ScheduleFaults()
    {
        Repeat(Faults.Pauses, 60, Pause);
        Repeat(Faults.Cuts, 60, Cut);
        Repeat(Faults.WorkerCrashes, 120, ReplaceWorker);
        Repeat(Faults.CoordinatorCrashes, 120, CrashCoordinator);
        Repeat(Faults.ClockFaults, 60, () => _workers[Chance.Between(0, _workers.Count)].JumpWallClock(Chance.Between(-7_200, 7_200)));
        Repeat(Faults.Outages, 120, TakeDatabaseAway);
        Repeat(Faults.Cancels, 300, Cancel);
        if (Faults.Restores)
        {
            After(Chance.Between(1, FaultTime / 2), Backup);
        }
    }

    private void Repeat(bool isOn, int meanTime, Action fault)
    {
        if (isOn)
        {
            After(Chance.Between(1, 2 * meanTime), () =>
            {
                if (HasFaults)
                {
                    fault();
                    Repeat(isOn, meanTime, fault);
                }
            });
        }
    }

    private void Deliver(Action arrival)
    {
        if (!HasFaults)
        {
            After(1, arrival);
            return;
        }

        for (var copies = Chance.Happens(Faults.Drop) ? 0 : Chance.Happens(Faults.Duplicate) ? 2 : 1; copies > 0; copies--)
        {
            After(Chance.Happens(Faults.Delay) ? Chance.Between(10, 4 * Lease) : Chance.Between(1, 6), arrival);
        }
    }

    private void AddWorker()
    {
        var worker = new SimulatedWorker(this, $"w{_names++}");
        _workers.Add(worker);
        After(Chance.Between(1, 10), () => worker.Act(worker.Ask));
    }

    private void Pause()
    {
        var worker = _workers[Chance.Between(0, _workers.Count)];
        if (!worker.IsPaused)
        {
            worker.Pause();
            After(Chance.Between(5, 3 * Lease), worker.Resume);
        }
    }

    // A cut in one direction or in both, often for longer than a lease.
    private void Cut()
    {
        var worker = _workers[Chance.Between(0, _workers.Count)];
        var ways = Chance.Between(0, 3);
        (worker.IsCutTowards, worker.IsCutFrom) = (ways != 0, ways != 1);
        After(Chance.Between(5, 3 * Lease), () => (worker.IsCutTowards, worker.IsCutFrom) = (false, false));
    }

    private void ReplaceWorker()
    {
        var index = Chance.Between(0, _workers.Count);
        _workers[index].IsDead = true;
        _workers.RemoveAt(index);
        AddWorker();
    }

    private void CrashCoordinator()
    {
        _isCoordinatorDown = true;
        After(Chance.Between(2, 40), () => _isCoordinatorDown = false);
    }

    private void TakeDatabaseAway()
    {
        IsDatabaseAway = true;
        After(Chance.Between(2, 2 * Lease), () => IsDatabaseAway = false);
    }

    // One backup may be restored twice, which must not give the same tokens twice either.
    private void Backup()
    {
        var (tables, book) = (Ledger.Copy(), Invariants.Copy());
        var time = 0;
        for (var restores = Chance.Between(1, 3); restores > 0; restores--)
        {
            time += Chance.Between(2, FaultTime / 2);
            After(time, () =>
            {
                Ledger.Restore(tables);
                Invariants.Restored(book);
            });
        }
    }

    // Who adds asks again with the same operation until it is answered.
    private void Add(string operation, int count)
    {
        if (!_additions.Contains(operation))
        {
            return;
        }

        Deliver(() =>
        {
            if (!_isCoordinatorDown && _coordinator.Add(operation, count) is int)
            {
                Deliver(() => _additions.Remove(operation));
            }
        });
        After(15, () => Add(operation, count));
    }

    private void Cancel() => Deliver(() => _ = _isCoordinatorDown ? null : _coordinator.Cancel());

    private bool AreDone(string dataset)
    {
        return Ledger.List(dataset, 0, 1_000).All(shard => shard.State is ShardState.Done or ShardState.Cancelled);
    }
}
