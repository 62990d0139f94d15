using Granary.Cluster.Ledger;
using Orleans;

namespace Granary.Cluster.Grains;

/// <summary>Decides whose work a free place takes: by priority, then for the job that has the least running, then for the oldest. One for the cluster, by the name "main".</summary>
public interface IQueueGrain : IGrainWithStringKey
{
    /// <summary>Lets a dataset be worked on; again changes its priority only.</summary>
    Task EnterAsync(string dataset, string job, DatasetKind kind, int priority);

    /// <summary>Takes a dataset out: nothing of it is left to grant.</summary>
    Task LeaveAsync(string dataset);

    /// <summary>The next shard for a node; null where nothing that fits waits.</summary>
    Task<ShardLease?> LeaseNextAsync(NodeOffer offer);

    /// <summary>What waits and what runs.</summary>
    Task<QueueSnapshot> SnapshotAsync();
}
