namespace Granary.Cluster.Ledger;

/// <summary>
/// Datasets, their shards, leases and commits as rows of a database, which are the truth: grains only stand before them. Each
/// write that needs a lease checks its token inside its transaction; only the database's clock ends leases.
/// </summary>
/// <remarks>
/// An exception from a write is an unknown outcome: whoever asked again with the same operation, or the same dataset id, gets
/// what the first call did. <see cref="LedgerUnavailableException"/> says that the database did not answer.
/// </remarks>
public interface IClusterLedger
{
    /// <summary>Makes the tables where they are missing, and gives the incarnation, raised where the database is not the one it was.</summary>
    Task<long> OpenAsync(CancellationToken cancellationToken);

    /// <summary>Makes a dataset with its shards; the same one again does nothing.</summary>
    /// <exception cref="LedgerConflictException">One of this id is there with other content.</exception>
    Task CreateAsync(DatasetSpec dataset, CancellationToken cancellationToken);

    /// <summary>
    /// Adds shards behind those that are there, and gives the index of the first. The same operation again gives what it gave.
    /// </summary>
    /// <exception cref="LedgerConflictException">There is no such dataset, it is cancelled, or the operation has asked for something else.</exception>
    Task<int> AddAsync(string operation, string dataset, IReadOnlyList<ShardWork> shards, CancellationToken cancellationToken);

    /// <summary>A dataset without its shards; null where there is none.</summary>
    Task<DatasetSpec?> FindAsync(string dataset, CancellationToken cancellationToken);

    /// <summary>The ids of a job's datasets, in the order in which they were made; of all jobs where it is null.</summary>
    Task<IReadOnlyList<string>> ListDatasetsAsync(string? job, CancellationToken cancellationToken);

    /// <summary>Shards in their order, from an index on, at most as many as asked for.</summary>
    Task<IReadOnlyList<ShardRow>> ListAsync(string dataset, int from, int count, CancellationToken cancellationToken);

    /// <summary>Shards of a dataset by state.</summary>
    Task<IReadOnlyDictionary<ShardState, int>> CountAsync(string dataset, CancellationToken cancellationToken);

    /// <summary>The indices of shards that are free, or whose lease is over, in their order, from an index on.</summary>
    Task<IReadOnlyList<int>> ListGrantableAsync(string dataset, int from, int count, CancellationToken cancellationToken);

    /// <summary>Grants a shard that is free or whose lease is over, with the next epoch; null where somebody holds it or nobody needs it.</summary>
    Task<ShardLease?> AcquireAsync(ShardKey shard, string owner, TimeSpan time, CancellationToken cancellationToken);

    /// <summary>Whether a token is that of a lease which holds at this moment.</summary>
    Task<bool> HoldsAsync(ShardKey shard, LeaseToken token, CancellationToken cancellationToken);

    /// <summary>Lengthens leases that still hold to the given time from now; gives the shards of which that was so.</summary>
    Task<IReadOnlySet<ShardKey>> RenewAsync(IReadOnlyList<(ShardKey Shard, LeaseToken Token)> leases, TimeSpan time, CancellationToken cancellationToken);

    /// <summary>
    /// Makes the shard done with this output and writes the ledger's line, in one transaction. The same operation again gives what it gave.
    /// </summary>
    /// <returns>False where the token is no longer the shard's, or its lease is over and another may have it: fenced.</returns>
    /// <exception cref="LedgerConflictException">The operation has asked for something else.</exception>
    Task<bool> CommitAsync(string operation, ShardKey shard, LeaseToken token, ShardOutput output, CancellationToken cancellationToken);

    /// <summary>
    /// Gives a lease back, also one that is over but not granted again. With a failure it counts against the shard, which is then free again or stays failed; false where
    /// the token is no longer the shard's.
    /// </summary>
    Task<bool> ReleaseAsync(ShardKey shard, LeaseToken token, string? failure, CancellationToken cancellationToken);

    /// <summary>
    /// Takes out some of what there is of a job, in one transaction: shards with their lines and the answers that were kept for them,
    /// at most as many as given, and datasets of which none are left. Gives how much it was: 0 where nothing is left of the job.
    /// </summary>
    Task<int> RemoveAsync(string job, int most, CancellationToken cancellationToken);

    /// <summary>Makes all shards that are not done cancelled and raises their epochs, so that no holder can commit.</summary>
    Task CancelAsync(string dataset, CancellationToken cancellationToken);
}
