using System.Text;
using Granary.Torch.Distributed;

namespace Granary.Distributed.Ranks;

/// <summary>
/// Notices that a rank is gone and tells all others the same one. Each rank counts up a heartbeat in the store, from a thread
/// and over a connection of its own, and looks at the heartbeat of the next rank and of those with which an exchange failed.
/// </summary>
/// <remarks>
/// The first failure that is found stands in the store for all ranks; each takes it over within an interval. Who cannot reach
/// the store names rank 0, which hosts it. A rank that has left is not gone.
/// </remarks>
public sealed class FailureWatch : IFailureDiagnosis, IDisposable
{
    private const string FailureKey = "watch/failure";
    private const string LeftKey = "watch/left";
    private const int HostRank = 0;

    // Added to a heartbeat by a rank that leaves; no count comes so far.
    private const long Left = 1L << 48;

    private readonly TcpStore _store;
    private readonly int _rank;
    private readonly int _size;
    private readonly FailureWatchOptions _options;
    private readonly TimeProvider _time;
    private readonly ManualResetEventSlim _isStopping = new();
    private readonly Thread _thread;

    // Guards all below: the watch's thread and those whose exchanges failed both change it. Pulsed after each round.
    private readonly object _gate = new();
    private readonly Heartbeats _heartbeats;
    private readonly HashSet<int> _suspects = [];
    private readonly HashSet<int> _leavers = [];
    private DistributedException? _failure;
    private Action<DistributedException>? _whenFailed;
    private bool _hasStore = true;
    private long _lastRound;

    /// <summary>A watch whose thread does not run: its rounds are the caller's. The store is its own from here on.</summary>
    internal FailureWatch(TcpStore store, int rank, int size, FailureWatchOptions options, TimeProvider time)
    {
        _store = store;
        _rank = rank;
        _size = size;
        _options = options;
        _time = time;
        _heartbeats = new Heartbeats(time);
        _lastRound = time.GetTimestamp();
        _thread = new Thread(Run) { IsBackground = true, Name = "granary failure watch" };
    }

    /// <summary>The first failure of any rank that is known here.</summary>
    public DistributedException? Failure
    {
        get
        {
            lock (_gate)
            {
                return _failure;
            }
        }
    }

    /// <summary>Begins to watch, at the store that the ranks meet at.</summary>
    /// <exception cref="DistributedException">The store is gone.</exception>
    public static FailureWatch Start(TcpStore store, int rank, int size, FailureWatchOptions options, TimeProvider time)
    {
        var watch = new FailureWatch(TcpStore.Connect(store.host, store.port, options.Patience, time, store.prefix), rank, size, options, time);
        watch._thread.Start();
        return watch;
    }

    /// <summary>What is called once with the first failure, from any thread, or at once where there is one.</summary>
    public void WhenFailed(Action<DistributedException> action)
    {
        DistributedException? failure;
        lock (_gate)
        {
            _whenFailed = action;
            failure = _failure;
        }

        if (failure is not null)
        {
            action(failure);
        }
    }

    /// <summary>Tells the other ranks that this one ends because of a failure, unless another failed before.</summary>
    public void Report(Exception exception)
    {
        var isOfRanks = exception is DistributedException;
        Settle(Record((exception as DistributedException)?.FailedRank ?? _rank, isOfRanks ? exception.Message : $"Rank {_rank} has failed: {exception.Message}"));
    }

    /// <inheritdoc/>
    public DistributedException? FirstFailure(int suspect)
    {
        lock (_gate)
        {
            _heartbeats.Forget(suspect);
            _suspects.Add(suspect);

            // The verdict is the watch's thread's, unless that hangs in a store whose machine is lost.
            var start = _time.GetTimestamp();
            while (_failure is null && _suspects.Contains(suspect) && _time.GetElapsedTime(start) < _options.Patience)
            {
                Monitor.Wait(_gate, _options.Interval);
            }

            _suspects.Remove(suspect);
            if (_failure is not null)
            {
                return _failure;
            }

            if (_leavers.Contains(suspect))
            {
                return new DistributedException($"Rank {suspect} has ended its part and left, but rank {_rank} still exchanges with it; all ranks must make the same calls.", suspect);
            }

            return _time.GetElapsedTime(_lastRound) < _options.Patience ? null : StoreIsGone($"has not answered for {_time.GetElapsedTime(_lastRound).TotalSeconds:0.#} s");
        }
    }

    /// <summary>Leaves: this rank's silence from here on is no failure. Rank 0 waits until the others have left too, or one has failed and the others know.</summary>
    public void Dispose()
    {
        if (_isStopping.IsSet)
        {
            return;
        }

        _isStopping.Set();
        if (!_thread.IsAlive || _thread.Join(_options.Patience))
        {
            Leave();
            _store.Dispose();
        }
    }

    /// <summary>Shows that this rank is alive, takes over a failure, and looks at others.</summary>
    internal void Round()
    {
        try
        {
            _store.add(BeatKey(_rank), 1);
            if (_store.check(FailureKey))
            {
                Settle(Recorded());
            }
            else
            {
                Watched().ForEach(Look);
            }
        }
        catch (DistributedException exception)
        {
            LoseStore(exception);
        }

        lock (_gate)
        {
            _lastRound = _time.GetTimestamp();
            Monitor.PulseAll(_gate);
        }
    }

    private static string BeatKey(int rank) => $"watch/beat/{rank}";

    private void Run()
    {
        do
        {
            Round();
        }
        while (HasStore() && !_isStopping.Wait(_options.Interval));
    }

    private bool HasStore()
    {
        lock (_gate)
        {
            return _hasStore;
        }
    }

    // The next rank that has not left, so that each is seen by one; the host, whose leaving all must know of; the suspects.
    private List<int> Watched()
    {
        lock (_gate)
        {
            var next = Enumerable.Range(1, _size - 1).Select(distance => (_rank + distance) % _size).Where(rank => !_leavers.Contains(rank)).Take(1);
            return [.. next.Append(HostRank).Concat(_suspects).Where(rank => rank != _rank).Distinct()];
        }
    }

    private void Look(int rank)
    {
        var beat = _store.add(BeatKey(rank), 0);
        bool isSuspect;
        TimeSpan still;
        lock (_gate)
        {
            if (beat >= Left)
            {
                _leavers.Add(rank);
                _suspects.Remove(rank);
                return;
            }

            (var hasMoved, still) = _heartbeats.Note(rank, beat);
            isSuspect = _suspects.Contains(rank);
            if (hasMoved)
            {
                _suspects.Remove(rank);
            }
        }

        if (still >= (isSuspect ? _options.SuspectPatience : _options.Patience))
        {
            Settle(Record(rank, $"Rank {rank} is gone: rank {_rank} has seen no sign of life of it for {still.TotalSeconds:0.#} s{(isSuspect ? ", and an exchange with it failed" : string.Empty)}. Its log says why, or that of its machine."));
        }
    }

    private void Settle(DistributedException failure)
    {
        Action<DistributedException>? action;
        lock (_gate)
        {
            if (_failure is not null)
            {
                return;
            }

            _failure = failure;
            action = _whenFailed;
            Monitor.PulseAll(_gate);
        }

        action?.Invoke(failure);
    }

    // The first that comes to the store stands for all.
    private DistributedException Record(int rank, string message)
    {
        lock (_gate)
        {
            // A store whose machine is lost keeps whoever asks it.
            if (!_hasStore || (_thread.IsAlive && _time.GetElapsedTime(_lastRound) >= _options.Patience))
            {
                return new DistributedException(message, rank);
            }
        }

        try
        {
            return Parse(_store.compare_set(FailureKey, string.Empty, $"{rank}\n{message}"));
        }
        catch (DistributedException)
        {
            return new DistributedException(message, rank);
        }
    }

    private DistributedException Recorded() => Parse(Encoding.UTF8.GetString(_store.get(FailureKey)));

    private static DistributedException Parse(string recorded)
    {
        var parts = recorded.Split('\n', 2);
        return new DistributedException(parts[1], int.Parse(parts[0], System.Globalization.CultureInfo.InvariantCulture));
    }

    private void LoseStore(DistributedException exception)
    {
        bool hasHostLeft;
        lock (_gate)
        {
            _hasStore = false;
            hasHostLeft = _leavers.Contains(HostRank) || _rank == HostRank;
        }

        if (!hasHostLeft)
        {
            Settle(StoreIsGone(exception.InnerException is { } inner ? $"is closed ({inner.Message.Split('\n')[0].TrimEnd('.', ' ')})" : "is closed"));
        }
    }

    private DistributedException StoreIsGone(string how)
    {
        return new DistributedException($"Rank {HostRank} is gone: the store that it hosts at '{_store.host}:{_store.port}' {how}. Its log says why, or that of its machine.", HostRank);
    }

    private void Leave()
    {
        try
        {
            _store.add(BeatKey(_rank), Left);
            _store.add(LeftKey, 1);
            if (_rank == HostRank)
            {
                WaitForOthers();
            }
        }
        catch (DistributedException)
        {
            // Without a store there is nobody to tell.
        }
    }

    // The store is in this process: without it the others would take this rank's end for its failure, or not hear of another's.
    private void WaitForOthers()
    {
        var start = _time.GetTimestamp();
        using var never = new ManualResetEventSlim();
        while (HasStore() && !HaveAllLeft())
        {
            if (Failure is not null && _time.GetElapsedTime(start) >= _options.SuspectPatience)
            {
                return;
            }

            never.Wait(_options.Interval);
            Round();
        }
    }

    // All but the rank that has failed: it may be gone, or have left after it said so. It leaves before it is counted.
    private bool HaveAllLeft()
    {
        var left = _store.add(LeftKey, 0);
        return Failure is { FailedRank: { } failed and not HostRank }
            ? left >= _size - (_store.add(BeatKey(failed), 0) >= Left ? 0 : 1)
            : left >= _size;
    }
}
