using Orleans;
using Orleans.Runtime;

namespace Granary.Cluster.Grains;

/// <summary>A search's rounds in the grain state's storage.</summary>
internal sealed class MixtureSearchGrain : Grain, IMixtureSearchGrain
{
    private readonly IPersistentState<MixtureSearchState> _state;
    private readonly TimeProvider _time;

    public MixtureSearchGrain([PersistentState("rounds")] IPersistentState<MixtureSearchState> state, TimeProvider time)
    {
        _state = state;
        _time = time;
    }

    public Task ReportAsync(MixtureRound round)
    {
        if (MixtureSearchState.FaultOf(round) is { } fault)
        {
            throw new RequestRefusedException(fault);
        }

        _state.State = _state.State.Report(round, _time.GetUtcNow());
        return _state.WriteStateAsync();
    }

    public async Task ForgetAsync()
    {
        await _state.ClearStateAsync();
        DeactivateOnIdle();
    }

    public Task<MixtureSearchSnapshot?> SnapshotAsync() => Task.FromResult(_state.State.Snapshot(this.GetPrimaryKeyString()));
}
