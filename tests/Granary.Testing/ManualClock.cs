namespace Granary.Testing;

/// <summary>A clock that stands still until a test moves it; its timers fire while it is moved, each at its own time.</summary>
public sealed class ManualClock : TimeProvider
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new(); // guards all below: timers are made and changed on threads of their own
    private readonly List<ManualTimer> _timers = [];
    private readonly List<(TimeSpan Due, TaskCompletionSource Met)> _awaited = [];
    private DateTimeOffset _now = new(2024, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <inheritdoc/>
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <summary>Moves the clock on.</summary>
    public void Advance(TimeSpan time)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(time, TimeSpan.Zero);
        var end = GetUtcNow() + time;
        while (TakeDue(end) is { } timer)
        {
            timer.Fire();
        }
    }

    /// <summary>Moves the clock on as for a process that stood still: all timers that are due meanwhile fire behind it, at its new time.</summary>
    public void Jump(TimeSpan time)
    {
        lock (_lock)
        {
            _now += time;
        }

        Advance(TimeSpan.Zero);
    }

    /// <summary>Done once a timer is set that is due in exactly so much time: what a test moves the clock for is waiting then.</summary>
    public async Task WhenTimerAsync(TimeSpan due)
    {
        var met = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
        {
            if (_timers.Exists(timer => timer.Due == _now + due))
            {
                return;
            }

            _awaited.Add((due, met));
        }

        await met.Task.WaitAsync(Patience).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!met.Task.IsCompleted)
        {
            lock (_lock)
            {
                throw new TimeoutException($"No timer was set that is due in '{due}'. Set are: {string.Join(", ", _timers.Select(timer => timer.Due - _now))}.");
            }
        }
    }

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow()
    {
        lock (_lock)
        {
            return _now;
        }
    }

    /// <inheritdoc/>
    public override long GetTimestamp() => GetUtcNow().UtcTicks;

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new ManualTimer(this, () => callback(state));
        timer.Change(dueTime, period);
        return timer;
    }

    private ManualTimer? TakeDue(DateTimeOffset end)
    {
        lock (_lock)
        {
            var next = _timers.Where(timer => timer.Due <= end).MinBy(timer => timer.Due);
            _now = next is null ? end : next.Due > _now ? next.Due.Value : _now;
            next?.Rearm(_now);
            return next;
        }
    }

    private sealed class ManualTimer : ITimer
    {
        private readonly ManualClock _clock;
        private readonly Action _callback;
        private TimeSpan _period;

        public ManualTimer(ManualClock clock, Action callback)
        {
            (_clock, _callback) = (clock, callback);
        }

        /// <summary>When it fires next; null where it does not.</summary>
        public DateTimeOffset? Due { get; private set; }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (_clock._lock)
            {
                _period = period;
                Due = dueTime < TimeSpan.Zero ? null : _clock._now + dueTime;
                _clock._timers.Remove(this);
                if (Due is not null)
                {
                    _clock._timers.Add(this);
                }

                foreach (var (_, met) in _clock._awaited.Where(awaited => Due == _clock._now + awaited.Due).ToArray())
                {
                    met.TrySetResult();
                }

                return true;
            }
        }

        public void Rearm(DateTimeOffset now)
        {
            Due = _period > TimeSpan.Zero ? now + _period : null;
            if (Due is null)
            {
                _clock._timers.Remove(this);
            }
        }

        public void Fire() => _callback();

        public void Dispose() => Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
