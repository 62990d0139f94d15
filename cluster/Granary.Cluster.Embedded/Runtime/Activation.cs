using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Orleans.Storage;

namespace Orleans.Runtime;

/// <summary>
/// One activation of a grain: takes calls in, lets them run in turns, and goes through its life. A grain has one at a time,
/// because the next one is made only after this one has taken itself out of the runtime.
/// </summary>
internal sealed partial class Activation : IGrainContext
{
    // Set on the thread that runs a grain's constructor, whose base has no other way to know.
    [ThreadStatic]
    private static Activation? UnderConstruction;

    private readonly GrainRuntime _runtime;
    private readonly GrainClass _class;
    private readonly TurnScheduler _turns = new();
    private readonly TaskCompletionSource _deactivated = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _lock = new(); // guards all fields below, but for those of the grain's turns
    private readonly WorkQueue _work = new();
    private readonly List<GrainTimer> _timers = [];
    private ActivationState _state;
    private DeactivationReason? _reason; // set once: the first one counts
    private long _usedAt; // the clock's timestamp when a call last ended
    private DateTimeOffset _keepUntil;
    private AsyncServiceScope _scope; // touched in the grain's turns only, like the grain
    private IGrainBase? _grain;

    internal Activation(GrainRuntime runtime, GrainClass grainClass, GrainId id)
    {
        _runtime = runtime;
        _class = grainClass;
        GrainId = id;
    }

    public GrainId GrainId { get; }

    public object? GrainInstance => _grain;

    public IServiceProvider ActivationServices => _scope.ServiceProvider;

    public Task Deactivated => _deactivated.Task;

    internal static Activation? Constructing => UnderConstruction;

    public bool Equals(IGrainContext? other) => ReferenceEquals(this, other);

    public override bool Equals(object? obj) => ReferenceEquals(this, obj);

    public override int GetHashCode() => GrainId.GetHashCode();

    public void Deactivate(DeactivationReason deactivationReason, CancellationToken cancellationToken = default)
    {
        lock (_lock)
        {
            _reason ??= deactivationReason;
            if (_state == ActivationState.Active)
            {
                _state = ActivationState.Draining;
                Advance();
            }
        }
    }

    /// <summary>Takes work in; false where the activation is gone, or where a tick comes to one that ends.</summary>
    internal bool TrySend(Work work)
    {
        lock (_lock)
        {
            if (_state == ActivationState.Gone || (_state >= ActivationState.Draining && work is TimerTick))
            {
                return false;
            }

            _work.Add(work);
            Advance();
            return true;
        }
    }

    /// <summary>Ends work that ran: first what it means for the activation, so that the caller's next call meets it.</summary>
    internal void End(Work work, Task ended)
    {
        if (work is GrainCall && ended.Exception?.InnerException is InconsistentStateException { IsSourceActivation: true } conflict)
        {
            conflict.IsSourceActivation = false;
            Deactivate(new DeactivationReason(DeactivationReasonCode.ApplicationError, conflict, "Another writer changed the grain's state."));
        }

        work.Settle(ended);
        lock (_lock)
        {
            _work.End(work);
            _usedAt = work.KeepsActive ? _runtime.Clock.GetTimestamp() : _usedAt;
            Advance();
        }
    }

    /// <summary>Ends calls that wait for too long, and the activation where nobody has called it for long enough.</summary>
    internal void Sweep()
    {
        GrainCall[] overdue = [];
        lock (_lock)
        {
            if (!_work.IsEmpty)
            {
                overdue = [.. _work.All.OfType<GrainCall>().Where(call => !call.IsAbandoned && _runtime.Clock.GetElapsedTime(call.SentAt) >= _runtime.Options.ResponseTimeout)];
            }
            else if (_state == ActivationState.Active && IsUnused())
            {
                Deactivate(new DeactivationReason(DeactivationReasonCode.ActivationIdle, $"Nobody has called it for {_runtime.Options.CollectionAge}."));
            }
        }

        foreach (var call in overdue)
        {
            call.Fail(new TimeoutException($"Call {call} has no answer after {_runtime.Options.ResponseTimeout}; it may still take effect, so look before calling again, and see whether grains wait for one another in a circle."));
        }
    }

    internal void DelayDeactivation(TimeSpan time)
    {
        lock (_lock)
        {
            _keepUntil = time == Timeout.InfiniteTimeSpan ? DateTimeOffset.MaxValue : _runtime.Clock.GetUtcNow() + time;
        }
    }

    internal GrainTimer RegisterTimer(Func<CancellationToken, Task> callback, GrainTimerCreationOptions options)
    {
        var timer = new GrainTimer(this, callback, options, _runtime.TimerLogger);
        lock (_lock)
        {
            _timers.Add(timer);
        }

        timer.Start(_runtime.Clock, options);
        return timer;
    }

    internal void Forget(GrainTimer timer)
    {
        lock (_lock)
        {
            _timers.Remove(timer);
        }
    }

    private bool IsUnused()
    {
        return _runtime.Clock.GetElapsedTime(_usedAt) >= _runtime.Options.CollectionAge && _runtime.Clock.GetUtcNow() >= _keepUntil;
    }

    // Does what the state asks for; the lock is held.
    private void Advance()
    {
        switch (_state)
        {
            case ActivationState.New:
                _state = ActivationState.Activating;
                _turns.Queue(new LifecycleTurn(ActivateAsync));
                break;
            case ActivationState.Active:
                StartWork();
                break;
            case ActivationState.Draining when _work.IsQuiet:
                _state = ActivationState.Deactivating;
                _turns.Queue(new LifecycleTurn(DeactivateAsync));
                break;
        }
    }

    private void StartWork()
    {
        while (_work.TryStart(out var work))
        {
            work.StartOn(this, _turns);
        }
    }

    private async Task ActivateAsync()
    {
        try
        {
            using var limit = new CancellationTokenSource(_runtime.Options.ActivationTimeout, _runtime.Clock);
            _scope = _runtime.Services.CreateAsyncScope();
            foreach (var state in Construct())
            {
                await state.ReadStateAsync(limit.Token);
            }

            await _grain!.OnActivateAsync(limit.Token);
        }
        catch (Exception failure)
        {
            LogActivationFailed(_runtime.ActivationLogger, failure, GrainId);
            await LeaveAsync(call => call.Fail(failure));
            return;
        }

        lock (_lock)
        {
            _usedAt = _runtime.Clock.GetTimestamp();
            _state = _reason is null ? ActivationState.Active : ActivationState.Draining;
            Advance();
        }
    }

    private IReadOnlyList<Core.IStorage> Construct()
    {
        UnderConstruction = this;
        try
        {
            (_grain, var states) = _class.Create(ActivationServices, GrainId);
            return states;
        }
        finally
        {
            UnderConstruction = null;
        }
    }

    private async Task DeactivateAsync()
    {
        StopTimers();
        try
        {
            using var limit = new CancellationTokenSource(_runtime.Options.DeactivationTimeout, _runtime.Clock);
            await _grain!.OnDeactivateAsync(_reason!.Value, limit.Token).WaitAsync(limit.Token);
        }
        catch (Exception failure)
        {
            LogDeactivationFailed(_runtime.ActivationLogger, failure, GrainId);
        }

        await LeaveAsync(_runtime.Send);
    }

    // (1) free the grain; (2) make room for the next activation; (3) hand on what waits, after which nothing comes in.
    private async Task LeaveAsync(Action<GrainCall> handOn)
    {
        StopTimers();
        await FreeAsync();
        _runtime.Remove(this);
        IReadOnlyList<Work> waiting;
        lock (_lock)
        {
            _state = ActivationState.Gone;
            waiting = _work.TakeWaiting();
        }

        foreach (var call in waiting.OfType<GrainCall>().Where(call => !call.IsAbandoned))
        {
            handOn(call);
        }

        _deactivated.TrySetResult();
    }

    private async Task FreeAsync()
    {
        try
        {
            switch (_grain)
            {
                case IAsyncDisposable disposable:
                    await disposable.DisposeAsync();
                    break;
                case IDisposable disposable:
                    disposable.Dispose();
                    break;
            }

            await _scope.DisposeAsync();
        }
        catch (Exception failure)
        {
            LogFreeingFailed(_runtime.ActivationLogger, failure, GrainId);
        }
    }

    private void StopTimers()
    {
        GrainTimer[] timers;
        lock (_lock)
        {
            timers = [.. _timers];
        }

        foreach (var timer in timers)
        {
            timer.Dispose();
        }
    }

    [LoggerMessage(1, LogLevel.Warning, "Grain '{Id}' could not be activated; the calls that waited for it end in the same exception.")]
    private static partial void LogActivationFailed(ILogger logger, Exception failure, GrainId id);

    [LoggerMessage(2, LogLevel.Warning, "OnDeactivateAsync of grain '{Id}' failed or took too long; the activation ends all the same.")]
    private static partial void LogDeactivationFailed(ILogger logger, Exception failure, GrainId id);

    [LoggerMessage(3, LogLevel.Warning, "What grain '{Id}' holds could not be disposed.")]
    private static partial void LogFreeingFailed(ILogger logger, Exception failure, GrainId id);
}
