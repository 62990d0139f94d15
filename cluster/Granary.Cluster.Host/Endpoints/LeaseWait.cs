using Granary.Cluster.Grains;
using Granary.Cluster.Ledger;
using Orleans;

namespace Granary.Cluster.Host.Endpoints;

/// <summary>Asks the queue for a shard until there is one or the time is over.</summary>
internal sealed class LeaseWait
{
    // The queue says when there is more to grant, but not when a lease runs out: then this is how late it is granted again.
    private static readonly TimeSpan AskAgain = TimeSpan.FromSeconds(2);

    private readonly IGrainFactory _grains;
    private readonly TimeProvider _time;
    private readonly TimeSpan _longest;

    public LeaseWait(IGrainFactory grains, ServeOptions options, HostLimits limits, TimeProvider time)
    {
        _grains = grains;
        _time = time;

        // Holders count a lease from before they asked for it, so a grant after a long wait would be half over.
        var third = options.LeaseTime / 3;
        _longest = third < limits.LongestWait ? third : limits.LongestWait;
    }

    /// <summary>The next shard for a node; null where none came in time.</summary>
    public async Task<ShardLease?> NextAsync(NodeOffer offer, TimeSpan atMost, CancellationToken cancellationToken)
    {
        var queue = _grains.GetGrain<IQueueGrain>(IQueueGrain.Main);
        var (start, longest) = (_time.GetTimestamp(), atMost < _longest ? atMost : _longest);
        while (true)
        {
            var version = longest > TimeSpan.Zero ? await queue.WaitAsync(long.MinValue, TimeSpan.Zero) : 0;
            if (await queue.LeaseNextAsync(offer) is { } lease)
            {
                return await HandOverAsync(lease, cancellationToken);
            }

            var left = longest - _time.GetElapsedTime(start);
            if (left <= TimeSpan.Zero)
            {
                return null;
            }

            await queue.WaitAsync(version, left < AskAgain ? left : AskAgain).WaitAsync(cancellationToken);
        }
    }

    // Who has gone away meanwhile cannot take it: without this nobody else could for as long as a lease holds.
    private async Task<ShardLease> HandOverAsync(ShardLease lease, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            await _grains.GetGrain<IShardGrain>(lease.Shard.ToString()).ReleaseAsync(lease.Token, failure: null);
            cancellationToken.ThrowIfCancellationRequested();
        }

        return lease;
    }
}
