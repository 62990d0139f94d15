using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Reflection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Hosting;

namespace Orleans.Runtime;

/// <summary>All activations of the process: makes them for the calls that need them, and ends them with the host.</summary>
internal sealed class GrainRuntime : IGrainFactory, IHostedService
{
    private static readonly TimeSpan SweepPeriod = TimeSpan.FromSeconds(1);

    private readonly GrainClasses _classes;
    private readonly ConcurrentDictionary<Type, FrozenDictionary<MethodInfo, GrainMethod>> _methods = new();
    private readonly ConcurrentDictionary<GrainId, Activation> _activations = new();
    private readonly Lock _lock = new(); // guards _isStopping, and that no activation is made behind it
    private bool _isStopping;
    private ITimer? _sweep;

    /// <summary>Made by the host.</summary>
    public GrainRuntime(EmbeddedOrleansOptions options, IServiceProvider services, TimeProvider clock, ILoggerFactory loggers)
    {
        Options = options;
        Services = services;
        Clock = clock;
        ActivationLogger = loggers.CreateLogger<Activation>();
        TimerLogger = loggers.CreateLogger<GrainTimer>();
        _classes = new GrainClasses(options.GrainAssemblies);
    }

    internal EmbeddedOrleansOptions Options { get; }

    internal IServiceProvider Services { get; }

    internal TimeProvider Clock { get; }

    internal ILogger ActivationLogger { get; }

    internal ILogger TimerLogger { get; }

    /// <inheritdoc/>
    public TGrainInterface GetGrain<TGrainInterface>(string primaryKey, string? grainClassNamePrefix = null)
        where TGrainInterface : IGrainWithStringKey
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(primaryKey);
        var methods = _methods.GetOrAdd(typeof(TGrainInterface), GrainMethod.Of);
        var reference = DispatchProxy.Create<TGrainInterface, GrainReference>();
        ((GrainReference)(object)reference).Bind(this, methods, _classes.Of(typeof(TGrainInterface), grainClassNamePrefix), primaryKey);
        return reference;
    }

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        _sweep = Clock.CreateTimer(static runtime => ((GrainRuntime)runtime!).Sweep(), this, SweepPeriod, SweepPeriod);
        return Task.CompletedTask;
    }

    /// <summary>Lets running calls end and deactivates all grains; calls that wait or come by then are refused.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            _isStopping = true;
        }

        var activations = _activations.Values;
        foreach (var activation in activations)
        {
            activation.Deactivate(new DeactivationReason(DeactivationReasonCode.ShuttingDown, "The process stops."), cancellationToken);
        }

        // The sweep goes on meanwhile: calls that hang must end, or nothing would.
        await Task.WhenAll(activations.Select(activation => activation.Deactivated)).WaitAsync(cancellationToken);
        _sweep?.Dispose();
    }

    internal void Send(GrainCall call)
    {
        while (!call.IsAbandoned)
        {
            var activation = ActivationOf(call);
            if (activation is null)
            {
                call.Fail(new SiloUnavailableException($"Call {call} comes to a process that stops; call again when it has started anew."));
            }
            else if (activation.TrySend(call))
            {
                return;
            }
        }
    }

    /// <summary>Makes room for the grain's next activation.</summary>
    internal void Remove(Activation activation) => _activations.TryRemove(KeyValuePair.Create(activation.GrainId, activation));

    private Activation? ActivationOf(GrainCall call)
    {
        if (_activations.TryGetValue(call.Target, out var activation))
        {
            return activation;
        }

        lock (_lock)
        {
            return _isStopping ? null : _activations.GetOrAdd(call.Target, static (id, made) => new Activation(made.Runtime, made.Class, id), (Runtime: this, call.Class));
        }
    }

    private void Sweep()
    {
        foreach (var (_, activation) in _activations)
        {
            activation.Sweep();
        }
    }
}
