using Orleans;
using Orleans.Runtime;

namespace Granary.Cluster.Embedded.Tests;

public sealed class ScriptGrain : Grain, IScriptGrain, IAsyncDisposable
{
    private readonly Journal _journal;

    public ScriptGrain(Journal journal, [PersistentState("first")] IPersistentState<ScriptState> first, [PersistentState("second", "other")] IPersistentState<ScriptState> second)
    {
        _journal = journal;
        State = first;
        Other = second;
        journal.Write(this, "constructed");
    }

    public IPersistentState<ScriptState> State { get; }

    public IPersistentState<ScriptState> Other { get; }

    public IServiceProvider Services => ServiceProvider;

    public IGrainFactory Grains => GrainFactory;

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _journal.Write(this, $"activated with {State.State.Count}");
        return _journal.Activating(this);
    }

    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        await _journal.Deactivating(this);
        _journal.Write(this, $"deactivated: {reason.ReasonCode}");
    }

    public ValueTask DisposeAsync()
    {
        _journal.Write(this, "disposed");
        return ValueTask.CompletedTask;
    }

    public Task RunAsync(Func<ScriptGrain, Task> script) => script(this);

    public Task RunBetweenAsync(Func<ScriptGrain, Task> script) => script(this);

    public Task<string> AskAsync(Func<ScriptGrain, Task<string>> script) => script(this);

    public Task RunUntilAsync(Func<ScriptGrain, CancellationToken, Task> script, CancellationToken cancellationToken) => script(this, cancellationToken);

    public Task ThrowAtOnceAsync() => throw new ArgumentException("at once");

    public void EndOnIdle() => DeactivateOnIdle();

    public void Delay(TimeSpan time) => DelayDeactivation(time);
}
