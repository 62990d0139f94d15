using Microsoft.Extensions.Logging;

namespace Orleans.Runtime;

/// <summary>Sends its activation a tick when it is due, and is due again only after the tick has ended.</summary>
internal sealed partial class GrainTimer : IGrainTimer
{
    private readonly Activation _activation;
    private readonly Func<CancellationToken, Task> _callback;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stopped = new();
    private readonly Lock _lock = new(); // guards what follows: the clock, the grain and the tick's end change it
    private ITimer? _timer;
    private TimeSpan _dueTime;
    private TimeSpan _period;
    private bool _isTicking;
    private bool _isChanged;

    internal GrainTimer(Activation activation, Func<CancellationToken, Task> callback, GrainTimerCreationOptions options, ILogger logger)
    {
        _activation = activation;
        _callback = callback;
        _logger = logger;
        Interleaves = options.Interleave;
        KeepsActive = options.KeepAlive;
    }

    internal bool Interleaves { get; }

    internal bool KeepsActive { get; }

    internal bool IsStopped => _stopped.IsCancellationRequested;

    public void Change(TimeSpan dueTime, TimeSpan period)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(dueTime, Timeout.InfiniteTimeSpan);
        ArgumentOutOfRangeException.ThrowIfLessThan(period, Timeout.InfiniteTimeSpan);
        lock (_lock)
        {
            (_dueTime, _period) = (dueTime, period);
            if (_isTicking)
            {
                _isChanged = true;
            }
            else
            {
                _timer!.Change(dueTime, Timeout.InfiniteTimeSpan);
            }
        }
    }

    public void Dispose()
    {
        _stopped.Cancel();
        _timer!.Dispose();
        _activation.Forget(this);
    }

    internal void Start(TimeProvider clock, GrainTimerCreationOptions options)
    {
        _timer = clock.CreateTimer(static timer => ((GrainTimer)timer!).Send(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        Change(options.DueTime, options.Period);
    }

    internal Task TickAsync() => _callback(_stopped.Token);

    internal void EndTick(Task tick)
    {
        if (tick.IsFaulted)
        {
            LogTickFailed(_logger, tick.Exception!.InnerException!, _activation.GrainId);
        }

        lock (_lock)
        {
            _isTicking = false;
            if (!IsStopped)
            {
                _timer!.Change(_isChanged ? _dueTime : _period, Timeout.InfiniteTimeSpan);
            }
        }
    }

    private void Send()
    {
        lock (_lock)
        {
            (_isTicking, _isChanged) = (true, false);
        }

        _activation.TrySend(new TimerTick(this));
    }

    [LoggerMessage(1, LogLevel.Warning, "A timer's tick of grain '{Id}' failed; the timer goes on.")]
    private static partial void LogTickFailed(ILogger logger, Exception failure, GrainId id);
}
