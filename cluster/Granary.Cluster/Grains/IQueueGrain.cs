using Granary.Cluster.Ledger;
using Orleans;

namespace Granary.Cluster.Grains;

/// <summary>Decides whose work a free place takes: by priority, then for the job that has the least running, then for the oldest. One for the cluster, by the name "main".</summary>
public interface IQueueGrain : IGrainWithStringKey
{
    /// <summary>The key of the one queue.</summary>
    const string Main = "main";

    /// <summary>Lets a dataset be worked on; again changes its priority and GPUs only. One of ranks says how many it has, which are placed together; <paramref name="gpus"/> each shard's node must have.</summary>
    Task EnterAsync(string dataset, string job, DatasetKind kind, int priority, int ranks = 0, int gpus = 0);

    /// <summary>Takes a dataset out: nothing of it is left to grant.</summary>
    Task LeaveAsync(string dataset);

    /// <summary>Is told that a dataset has shards of so many threads to grant, where it had none before.</summary>
    Task WaitsAsync(string dataset, int threads);

    /// <summary>Is told that a shard is no longer worked on under this token, or an older one.</summary>
    Task EndedAsync(ShardKey shard, LeaseToken token);

    /// <summary>Is told that a node takes no more work, so that no place there is kept for anybody.</summary>
    Task ForgetAsync(string node);

    /// <summary>The next shard for a node; null where nothing that fits waits.</summary>
    Task<ShardLease?> LeaseNextAsync(NodeOffer offer);

    /// <summary>
    /// A number that grows whenever there is more to grant, once it is another than the given one, or after the given time, or 5 s. Who
    /// read it before it asked in vain misses nothing by waiting with it.
    /// </summary>
    Task<long> WaitAsync(long version, TimeSpan atMost);

    /// <summary>What waits and what runs.</summary>
    Task<QueueSnapshot> SnapshotAsync();
}
