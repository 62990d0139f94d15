using Granary.Cluster.Ledger;
using Orleans;

namespace Granary.Cluster.Grains;

/// <summary>The splits of one dataset: hands them out in their order, and tells who waits what has come of them. Its key is the dataset's id.</summary>
public interface IDatasetGrain : IGrainWithStringKey
{
    /// <summary>Makes the dataset and enters it into the queue; the same again does nothing.</summary>
    /// <exception cref="LedgerConflictException">One of this id is there with other content, or its job has ended.</exception>
    /// <exception cref="RequestRefusedException">No dataset can be like this.</exception>
    Task CreateAsync(DatasetSpec dataset, int priority);

    /// <summary>Adds shards behind those that are there; gives the first one's index. The same operation again gives what it gave.</summary>
    /// <exception cref="LedgerConflictException">There is no such dataset, or it is cancelled.</exception>
    Task<int> AddAsync(string operation, IReadOnlyList<ShardWork> shards);

    /// <summary>Grants the next shard of so many threads that nobody holds; null where there is none.</summary>
    Task<ShardLease?> LeaseNextAsync(string node, int threads);

    /// <summary>What it would have granted and what runs, for a queue that has come to life anew.</summary>
    Task<DatasetDemand> ResumeAsync();

    /// <summary>Is told that a shard changed: committed, failed or given back.</summary>
    Task ChangedAsync(int shard);

    /// <summary>Shards by state, and the version that grows with each change; null where there is no such dataset.</summary>
    Task<DatasetSnapshot?> SnapshotAsync();

    /// <summary>The same once it is of another version than the given one, or after the given time, or 5 s.</summary>
    Task<DatasetSnapshot?> WaitAsync(long version, TimeSpan atMost);

    /// <summary>Shards in their order, from an index on.</summary>
    Task<IReadOnlyList<ShardRow>> ListAsync(int from, int count);

    /// <summary>Ends all work on it.</summary>
    Task CancelAsync();

    /// <summary>Forgets it: its job ended long ago, and its rows are about to be taken out.</summary>
    Task ForgetAsync();
}
