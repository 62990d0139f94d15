using Granary.Cluster.Ledger;
using Orleans;

namespace Granary.Cluster.Grains;

/// <summary>Writes to the ledger, and tells the dataset once it is written. It remembers nothing: the row does.</summary>
internal sealed class ShardGrain : Grain, IShardGrain
{
    private readonly IClusterLedger _ledger;

    public ShardGrain(IClusterLedger ledger)
    {
        _ledger = ledger;
    }

    private ShardKey Key => ShardKey.Parse(this.GetPrimaryKeyString());

    public async Task<ShardLease?> AcquireAsync(string node, TimeSpan time)
    {
        var lease = await _ledger.AcquireAsync(Key, node, time, CancellationToken.None);
        if (lease is not null)
        {
            await TellAsync();
        }

        return lease;
    }

    public async Task<bool> CommitAsync(string operation, LeaseToken token, ShardOutput output)
    {
        var isDone = await _ledger.CommitAsync(operation, Key, token, output, CancellationToken.None);
        if (isDone)
        {
            await TellAsync();
            DeactivateOnIdle(); // nobody has anything to ask a shard that is done
        }

        return isDone;
    }

    public async Task<bool> ReleaseAsync(LeaseToken token, string? failure)
    {
        var isReleased = await _ledger.ReleaseAsync(Key, token, failure, CancellationToken.None);
        if (isReleased)
        {
            await TellAsync();
        }

        return isReleased;
    }

    private Task TellAsync() => GrainFactory.GetGrain<IDatasetGrain>(Key.Dataset).ChangedAsync(Key.Index);
}
