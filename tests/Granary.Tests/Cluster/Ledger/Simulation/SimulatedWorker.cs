using Granary.Cluster.Ledger.Tests;

namespace Granary.Cluster.Ledger.Simulation.Tests;

/// <summary>
/// A worker by the rule of leases: it reads its monotonic clock before it asks, stops work at 0.7 of the lease from then on, and
/// sends a commit under one operation until it is answered.
/// </summary>
internal sealed class SimulatedWorker
{
    // Clocks count hundredths of a step, so that rates are whole numbers and a timer at a deadline never comes too early by rounding.
    private const int Hundred = 100;
    private const int Share = 70;
    private const int Patience = 30;

    private readonly World _world;
    private readonly int _rate;
    private readonly List<Action> _deferred = [];
    private Held? _held;
    private int _requests;
    private long _wallSkew;

    public SimulatedWorker(World world, string name)
    {
        _world = world;
        Name = name;
        _rate = world.Faults.ClockFaults ? world.Chance.Between(80, 121) : Hundred;
        _wallSkew = world.Faults.ClockFaults ? Hundred * world.Chance.Between(-7_200, 7_200) : 0;
    }

    public string Name { get; }

    public bool IsDead { get; set; }

    public bool IsPaused { get; private set; }

    /// <summary>Whether nothing that it sends arrives.</summary>
    public bool IsCutTowards { get; set; }

    /// <summary>Whether nothing that is sent to it arrives.</summary>
    public bool IsCutFrom { get; set; }

    /// <summary>What it works on at this moment, as far as it knows; null where it does not work.</summary>
    public (ShardKey Shard, LeaseToken Token)? WorksOn => !IsDead && !IsPaused && _held is { IsWorking: true } held ? (held.Shard, held.Token) : null;

    private long Monotonic => _world.Now * _rate;

    // What deadlines are read from; a wall clock is skewed alike at both ends until it jumps.
    private long Clock => _world.Bug == PlantedBug.TrustsItsWallClock ? Monotonic + _wallSkew : Monotonic;

    public void Pause() => IsPaused = true;

    public void Resume()
    {
        IsPaused = false;
        var actions = _deferred.ToList();
        _deferred.Clear();
        actions.ForEach(action => action());
        _world.CheckThatWorkIsAlone();
    }

    public void JumpWallClock(int by) => _wallSkew += Hundred * by;

    /// <summary>Asks for work, and again until there is some.</summary>
    public void Ask()
    {
        var request = ++_requests;
        var asked = Clock;
        _world.Send(this, coordinator => coordinator.Acquire(Name), reply => TakeLease(request, asked, reply));
        After(Patience, () => AskAgain(request));
    }

    /// <summary>Does what a living worker does at this moment, and a paused one once it goes on.</summary>
    public void Act(Action action)
    {
        if (IsDead)
        {
            return;
        }

        if (IsPaused)
        {
            _deferred.Add(action);
        }
        else
        {
            action();
        }
    }

    private void AskAgain(int request)
    {
        if (_held is null && _requests == request)
        {
            Ask();
        }
    }

    private void TakeLease(int request, long asked, object? reply)
    {
        if (reply is not ShardLease lease || _held is not null || request != _requests)
        {
            return;
        }

        _requests++;
        _world.Invariants.WorkerGiven(lease.Shard, lease.Token);
        _held = new Held { Shard = lease.Shard, Token = lease.Token, Deadline = long.MinValue, IsWorking = true };
        Lengthen(_held, asked);
        CheckDeadline(_held);
        if (!_held.IsWorking)
        {
            End(_held);
            return;
        }

        var held = _held;
        _world.CheckThatWorkIsAlone();
        After(_world.Chance.Between(5, 150), () => Finish(held));
        After(World.Lease / 3, () => Renew(held));
    }

    private void Renew(Held held)
    {
        if (_held != held)
        {
            return;
        }

        var asked = Clock;
        _world.Send(this, coordinator => coordinator.Renew(held.Shard, held.Token), reply => TakeRenewal(held, asked, reply));
        After(World.Lease / 3, () => Renew(held));
    }

    private void TakeRenewal(Held held, long asked, object? reply)
    {
        if (reply is true && held.IsWorking)
        {
            Lengthen(held, asked);
        }
        else if (reply is false && _world.Bug != PlantedBug.WorksOnWhenLost)
        {
            held.IsWorking = false;
        }
    }

    private void Lengthen(Held held, long asked)
    {
        var from = _world.Bug == PlantedBug.CountsFromTheReply ? Clock : asked;
        var share = _world.Bug == PlantedBug.WorksToTheEnd ? Hundred : Share;
        held.Deadline = Math.Max(held.Deadline, from + (share * World.Lease));
        After((int)Math.Max(0, (held.Deadline - Clock + _rate - 1) / _rate), () => CheckDeadline(held));
    }

    private void CheckDeadline(Held held)
    {
        if (Clock >= held.Deadline && _world.Bug != PlantedBug.WorksOnWhenLost)
        {
            held.IsWorking = false;
        }
    }

    private void Finish(Held held)
    {
        CheckDeadline(held);
        var isDone = held.IsWorking;
        held.IsWorking = false;
        if (!isDone)
        {
            End(held);
        }
        else if (_world.Chance.Happens(_world.Faults.Failures))
        {
            var failure = _world.Chance.Happens(0.5) ? "failed" : null;
            _world.Send(this, coordinator => coordinator.Release(held.Shard, held.Token, failure), _ => { });
            End(held);
        }
        else
        {
            Commit(held);
        }
    }

    private void Commit(Held held)
    {
        if (_held != held)
        {
            return;
        }

        held.Attempts++;
        var operation = $"{Name}/{held.Shard}/{held.Token.Incarnation}.{held.Token.Epoch}" + (_world.Bug == PlantedBug.RetriesWithAnotherOperation ? $"/{held.Attempts}" : "");
        _world.Send(this, coordinator => coordinator.Commit(operation, held.Shard, held.Token, Name), reply => TakeAnswer(held, operation, reply));
        After(Patience / 2, () => Commit(held));
    }

    private void TakeAnswer(Held held, string operation, object? reply)
    {
        if (_held == held && reply is bool isCommitted)
        {
            _world.Invariants.WorkerTold(operation, held.Shard, held.Token, isCommitted);
            End(held);
        }
    }

    private void End(Held held)
    {
        held.IsWorking = false;
        _held = null;
        After(_world.Chance.Between(1, 8), Ask);
    }

    private void After(int time, Action action) => _world.After(time, () => Act(action));

    private sealed class Held
    {
        public required ShardKey Shard { get; init; }

        public required LeaseToken Token { get; init; }

        public required long Deadline { get; set; }

        public bool IsWorking { get; set; }

        public int Attempts { get; set; }
    }
}
