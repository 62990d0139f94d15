namespace Granary.Torch.Distributed;

/// <summary>What a group shares with the groups made from it: the store, the exchanges on their way, and whether one has failed.</summary>
internal sealed class GroupFamily
{
    private const string RefusalKey = "refusal";

    private readonly HashSet<NativeWork> _running = [];
    private DistributedException? _failure; // guarded by _running, as the set is: the watch's thread ends what others wait for

    internal GroupFamily(TcpStore store, ProcessGroupOptions options)
    {
        Store = store;
        Options = options;
        ChecksCalls = options.ChecksCalls;
    }

    internal TcpStore Store { get; }

    internal ProcessGroupOptions Options { get; }

    internal bool ChecksCalls { get; set; }

    /// <summary>Holds an exchange until it is done: its memory is being written.</summary>
    /// <exception cref="DistributedException">The family has failed.</exception>
    internal void Add(NativeWork work)
    {
        lock (_running)
        {
            _running.Add(work);
        }

        // Behind the addition, so that whoever fails meanwhile sees the exchange.
        ThrowIfFailed();
    }

    internal void Remove(NativeWork work)
    {
        lock (_running)
        {
            _running.Remove(work);
        }
    }

    /// <summary>Gives up what was begun in a group and never waited for.</summary>
    internal void Drop(NativeProcessGroup group)
    {
        List<NativeWork> dropped;
        lock (_running)
        {
            dropped = [.. _running.Where(work => work.Group == group)];
            dropped.ForEach(work => _running.Remove(work));
        }

        dropped.ForEach(work => work.Drop());
    }

    internal void ThrowIfFailed()
    {
        lock (_running)
        {
            if (_failure is not null)
            {
                throw Again(_failure);
            }
        }
    }

    /// <summary>Ends all waiting; further exchanges are refused with the same reason.</summary>
    internal void Abort(DistributedException reason)
    {
        List<NativeWork> running;
        lock (_running)
        {
            _failure ??= reason;
            running = [.. _running];
        }

        running.ForEach(work => work.Abort());
    }

    /// <summary>Leaves word why nothing is sent, for the peers that wait for it.</summary>
    internal DistributedException Refuse(string message)
    {
        var refusal = new DistributedException(Store.compare_set(RefusalKey, string.Empty, message));
        Abort(refusal);
        return refusal;
    }

    /// <summary>Why an exchange with a rank failed: what failed first of all, as far as anybody knows.</summary>
    internal DistributedException Explain(int peer, string message, Exception? inner)
    {
        lock (_running)
        {
            if (_failure is not null)
            {
                return Again(_failure);
            }
        }

        return Refusal() ?? Diagnosed(peer) ?? new DistributedException(message, peer, inner);
    }

    private DistributedException? Refusal()
    {
        try
        {
            return Store.check(RefusalKey) ? new DistributedException(Store.compare_set(RefusalKey, string.Empty, string.Empty)) : null;
        }
        catch (DistributedException)
        {
            return null; // the store is gone, which the diagnosis tells better
        }
    }

    private DistributedException? Diagnosed(int peer)
    {
        return Options.Diagnosis?.FirstFailure(peer) is { } first ? Again(first) : null;
    }

    // Each throw has a stack of its own.
    private static DistributedException Again(DistributedException reason) => new(reason.Message, reason.FailedRank, reason);
}
