using Granary.Cluster.Ledger.Tests;

namespace Granary.Cluster.Ledger.Simulation.Tests;

/// <summary>A coordinator over the ledger: it keeps nothing, and what the database does not answer it does not answer either.</summary>
internal sealed class SimulatedCoordinator
{
    /// <summary>The dataset that is worked on to its end.</summary>
    public const string Main = "job/main";

    /// <summary>The dataset that may be cancelled.</summary>
    public const string Side = "job/side";

    /// <summary>What is answered where the database did not answer.</summary>
    public static readonly object Unavailable = new();

    private readonly World _world;
    private readonly Dictionary<ShardKey, LeaseToken> _memory = [];

    public SimulatedCoordinator(World world)
    {
        _world = world;
    }

    private ReferenceLedger Ledger => _world.Ledger;

    private Invariants Invariants => _world.Invariants;

    private long Until => _world.Now + World.Lease;

    public object? Acquire(string worker)
    {
        if (_world.Bug == PlantedBug.GrantsFromMemory && _world.IsDatabaseAway && _memory.Count > 0)
        {
            var (key, token) = _memory.First();
            return new ShardLease(key, "job", DatasetKind.Work, token with { Epoch = token.Epoch + 1 }, World.LeaseTime, World.Work);
        }

        return Ask(() =>
        {
            var dataset = _world.Chance.Happens(0.3) ? Side : Main;
            var free = Ledger.ListGrantable(dataset, 0, 3);
            if (free.Count == 0)
            {
                return null;
            }

            var lease = Ledger.Acquire(new ShardKey(dataset, free[_world.Chance.Between(0, free.Count)]), worker, World.LeaseTime);
            if (lease is not null)
            {
                Invariants.Granted(lease.Shard, lease.Token, Until);
                _memory[lease.Shard] = lease.Token;
                _world.CheckThatWorkIsAlone();
            }

            return lease;
        });
    }

    public object? Renew(ShardKey shard, LeaseToken token)
    {
        return Ask(() =>
        {
            var isRenewed = Ledger.Renew([(shard, token)], World.LeaseTime).Contains(shard);
            Invariants.Renewed(shard, token, isRenewed, Until);
            return isRenewed;
        });
    }

    public object? Commit(string operation, ShardKey shard, LeaseToken token, string worker)
    {
        var answer = Ask(() =>
        {
            var isCommitted = Ledger.Commit(operation, shard, token, new ShardOutput(worker, null, 0));
            Invariants.Committed(operation, shard, token, isCommitted, Ledger.Lines.Count);
            return isCommitted;
        });
        return answer == Unavailable && _world.Bug == PlantedBug.AnswersForTheDatabase ? true : answer;
    }

    public object? Release(ShardKey shard, LeaseToken token, string? failure)
    {
        return Ask(() =>
        {
            var isReleased = Ledger.Release(shard, token, failure);
            Invariants.Released(shard, token, isReleased);
            return isReleased;
        });
    }

    public object? Add(string operation, int count)
    {
        return Ask(() =>
        {
            var first = Ledger.Add(operation, Main, [.. Enumerable.Repeat(World.Work, count)]);
            Invariants.Added(operation, first, count);
            return first;
        });
    }

    public object? Cancel()
    {
        return Ask(() =>
        {
            Ledger.Cancel(Side);
            Invariants.Cancelled(Side);
            return true;
        });
    }

    private object? Ask(Func<object?> call)
    {
        if (_world.IsDatabaseAway)
        {
            return Unavailable;
        }

        // The database's answer is lost: half of the time before it did anything.
        if (_world.HasFaults && _world.Chance.Happens(_world.Faults.UnknownCommit))
        {
            _ = _world.Chance.Happens(0.5) ? call() : null;
            return Unavailable;
        }

        return call();
    }
}
