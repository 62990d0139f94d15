namespace Granary.Torch.Distributed;

/// <summary>What a group shares with the groups made from it: the store, the exchanges on their way, and whether one has failed.</summary>
internal sealed class GroupFamily
{
    private const string RefusalKey = "refusal";

    // Guards all of the three: the watch's thread ends what others wait for.
    private readonly Lock _gate = new();
    private readonly HashSet<NativeWork> _running = [];
    private readonly List<NativeProcessGroup> _groups = [];
    private DistributedException? _failure;

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
        lock (_gate)
        {
            _running.Add(work);
        }

        // Behind the addition, so that whoever fails meanwhile sees the exchange.
        ThrowIfFailed();
    }

    internal void Remove(NativeWork work)
    {
        lock (_gate)
        {
            _running.Remove(work);
        }
    }

    /// <summary>Waits until all members of a group have connected, since one that left before would fail the others' connecting; whether they have within the time-out.</summary>
    /// <exception cref="DistributedException">The family has failed, or the store is gone.</exception>
    internal bool Meet(string name, int size)
    {
        var key = $"connected/{name}";
        Store.add(key, 1);
        return Store.Look(
            () =>
            {
                ThrowIfFailed();
                return Store.add(key, 0) >= size;
            },
            Options.Timeout);
    }

    /// <summary>A group of the family has been made.</summary>
    internal void Add(NativeProcessGroup group)
    {
        lock (_gate)
        {
            _groups.Add(group);
        }
    }

    /// <summary>Lets a group go, and gives up what was begun in it and never waited for.</summary>
    internal void Remove(NativeProcessGroup group)
    {
        List<NativeWork> dropped;
        lock (_gate)
        {
            _groups.Remove(group);
            dropped = [.. _running.Where(work => work.Group == group)];
            dropped.ForEach(work => _running.Remove(work));
        }

        dropped.ForEach(work => work.Drop());
    }

    internal void ThrowIfFailed()
    {
        lock (_gate)
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
        List<NativeProcessGroup> groups;
        lock (_gate)
        {
            _failure ??= reason;
            running = [.. _running];
            groups = [.. _groups];
        }

        running.ForEach(work => work.Abort());
        groups.ForEach(group => group.AbortDevice());
    }

    /// <summary>Leaves word why nothing is sent, and closes all connections, so that peers that wait look for it.</summary>
    internal DistributedException Refuse(string message)
    {
        var refusal = new DistributedException(Store.compare_set(RefusalKey, string.Empty, message));
        Abort(refusal);
        List<NativeProcessGroup> groups;
        lock (_gate)
        {
            groups = [.. _groups];
        }

        groups.ForEach(group => group.Dispose());
        return refusal;
    }

    /// <summary>Why an exchange with a rank failed: what failed first of all, as far as anybody knows.</summary>
    internal DistributedException Explain(int peer, string message, Exception? inner)
    {
        lock (_gate)
        {
            if (_failure is not null)
            {
                return Again(_failure);
            }
        }

        // A lost host would not answer about a refusal, so it is named first.
        return Diagnosed(peer) ?? Refusal() ?? new DistributedException(message, peer, inner);
    }

    private DistributedException? Refusal()
    {
        try
        {
            return Store.check(RefusalKey) ? new DistributedException(Store.compare_set(RefusalKey, string.Empty, string.Empty)) : null;
        }
        catch (DistributedException)
        {
            return null;
        }
    }

    private DistributedException? Diagnosed(int peer)
    {
        return Options.Diagnosis?.FirstFailure(peer) is { } first ? Again(first) : null;
    }

    // Each throw has a stack of its own.
    private static DistributedException Again(DistributedException reason) => new(reason.Message, reason.FailedRank, reason);
}
