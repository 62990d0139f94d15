using Granary.Cluster.Ledger;
using Orleans;
using Orleans.Concurrency;
using Orleans.Runtime;

namespace Granary.Cluster.Grains;

/// <summary>A <see cref="GenerationState"/> that is kept: some ranks may have started before a coordinator ended, and others wait for them still.</summary>
[Reentrant]
internal sealed class GenerationGrain : Grain, IGenerationGrain
{
    private readonly IPersistentState<GenerationState> _state;
    private readonly IClusterLedger _ledger;
    private readonly ChangeSignal _changes;
    private readonly Coalesced _writes;
    private int _ranks;

    public GenerationGrain([PersistentState("generation")] IPersistentState<GenerationState> state, IClusterLedger ledger, TimeProvider time)
    {
        _state = state;
        _ledger = ledger;
        _changes = new ChangeSignal(time);
        _writes = new Coalesced(_state.WriteStateAsync);
    }

    private string Id => this.GetPrimaryKeyString();

    private bool IsWhole => _state.State.Members.Count == _ranks;

    public async Task<GenerationSnapshot?> JoinAsync(GenerationMember member, LeaseToken token, TimeSpan atMost)
    {
        if (!await HoldsAsync(member.Rank, token))
        {
            return null;
        }

        await CountRanksAsync();
        var joined = _state.State.Join(member);
        if (joined != _state.State)
        {
            _state.State = joined;
            await _writes.RunAsync();
            _changes.Raise();
        }

        if (!IsWhole)
        {
            await _changes.WaitAsync(_changes.Version, atMost);
        }

        return await HoldsAsync(member.Rank, token) ? Snapshot() : null;
    }

    public async Task<GenerationSnapshot> SnapshotAsync()
    {
        await CountRanksAsync();
        var nodes = await ReadNodesAsync();
        var working = nodes.Where(node => !node.IsLost && !node.IsDraining).ToList();
        var said = nodes.SelectMany(node => node.Leases).Where(lease => lease.Shard.Dataset == Id).GroupBy(lease => lease.Shard.Index).ToDictionary(same => same.Key, same => same.Last().Progress);
        return Snapshot() with
        {
            Members = [.. _state.State.Members.Select(member => member with { Progress = said.GetValueOrDefault(member.Rank) })],
            NodeThreads = [.. working.Select(node => node.Description.Threads)],
            NodeGpus = [.. working.Select(node => node.Description.Gpus.Count)],
        };
    }

    public async Task ForgetAsync()
    {
        await _state.ClearStateAsync();
        DeactivateOnIdle();
    }

    private GenerationSnapshot Snapshot() => new() { Id = Id, Ranks = _ranks, Members = _state.State.Members };

    private async Task<bool> HoldsAsync(int rank, LeaseToken token)
    {
        var rows = await _ledger.ListAsync(Id, rank, 1, CancellationToken.None);
        return rows.Count == 1 && rows[0].State == ShardState.Leased && rows[0].Token == token;
    }

    private async Task CountRanksAsync()
    {
        if (_ranks == 0)
        {
            _ranks = (await _ledger.CountAsync(Id, CancellationToken.None)).Values.Sum();
        }
    }

    private async Task<IReadOnlyList<NodeSnapshot>> ReadNodesAsync()
    {
        var names = await GrainFactory.GetGrain<IDirectoryGrain>(IDirectoryGrain.Nodes).ListAsync();
        var nodes = await Task.WhenAll(names.Select(name => GrainFactory.GetGrain<INodeGrain>(name).SnapshotAsync()));
        return [.. nodes.OfType<NodeSnapshot>()];
    }
}
