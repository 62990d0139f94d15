using Granary.Cluster.Ledger;
using Orleans;
using Orleans.Runtime;

namespace Granary.Cluster.Grains;

/// <summary>Renews a node's leases in one batch and notices when it falls silent; its leases end by the database's clock, whatever is noticed here.</summary>
internal sealed class NodeGrain : Grain, INodeGrain
{
    private readonly IPersistentState<NodeState> _state;
    private readonly IClusterLedger _ledger;
    private readonly ClusterOptions _options;
    private readonly TimeProvider _time;
    private IGrainTimer? _watch;

    public NodeGrain([PersistentState("node")] IPersistentState<NodeState> state, IClusterLedger ledger, ClusterOptions options, TimeProvider time)
    {
        _state = state;
        _ledger = ledger;
        _options = options;
        _time = time;
    }

    private string Id => this.GetPrimaryKeyString();

    private IDirectoryGrain Directory => GrainFactory.GetGrain<IDirectoryGrain>(IDirectoryGrain.Nodes);

    private IQueueGrain Queue => GrainFactory.GetGrain<IQueueGrain>(IQueueGrain.Main);

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        if (_state.RecordExists)
        {
            _state.State = _state.State.Wake(_time.GetUtcNow());
            Watch();
        }

        return Task.CompletedTask;
    }

    public async Task RegisterAsync(NodeDescription description)
    {
        _state.State = NodeState.Register(description, _time.GetUtcNow());
        await _state.WriteStateAsync();
        await Directory.AddAsync(Id);
        Watch();
    }

    public async Task<HeartbeatReply> HeartbeatAsync(Heartbeat heartbeat)
    {
        // Leases are renewed of a node that nobody knows, too: it works on, and will register again.
        var held = await _ledger.RenewAsync([.. heartbeat.Leases.Select(lease => (lease.Shard, lease.Token))], _options.LeaseTime, CancellationToken.None);
        var lost = heartbeat.Leases.Select(lease => lease.Shard).Where(shard => !held.Contains(shard)).ToList();
        if (_state.State.Description is null)
        {
            return new HeartbeatReply(IsKnown: false, lost, Drain: false);
        }

        var wasDraining = _state.State.IsDraining;
        _state.State = _state.State.Hear(heartbeat, held, _time.GetUtcNow());
        if (_state.State.IsDraining && !wasDraining)
        {
            await KeepDrainingAsync();
        }

        return new HeartbeatReply(IsKnown: true, lost, _state.State.IsDraining);
    }

    public Task DrainAsync()
    {
        if (_state.State.Description is null)
        {
            return Task.CompletedTask;
        }

        _state.State = _state.State.Drain();
        return KeepDrainingAsync();
    }

    public Task<NodeSnapshot?> SnapshotAsync() => Task.FromResult(_state.State.Snapshot(_time.GetUtcNow(), _options.LeaseTime));

    private async Task KeepDrainingAsync()
    {
        await _state.WriteStateAsync();
        await Queue.ForgetAsync(Id);
    }

    private void Watch()
    {
        var period = _options.LeaseTime / 2;
        _watch ??= this.RegisterGrainTimer(LookAsync, new GrainTimerCreationOptions(period, period) { KeepAlive = true });
    }

    private async Task LookAsync()
    {
        var now = _time.GetUtcNow();
        if (!_state.State.IsLost(now, _options.LeaseTime))
        {
            return;
        }

        await Queue.ForgetAsync(Id);
        if (_state.State.IsGone(now, _options.LeaseTime, _options.LostNodesStay))
        {
            await Directory.RemoveAsync(Id);
            await _state.ClearStateAsync();
            DeactivateOnIdle();
        }
    }
}
