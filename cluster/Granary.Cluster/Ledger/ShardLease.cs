namespace Granary.Cluster.Ledger;

/// <summary>A grant: until it ends, only its holder may commit the shard.</summary>
/// <param name="Shard">Which shard.</param>
/// <param name="Job">The job it belongs to.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Token">What the holder shows at every write.</param>
/// <param name="Time">How long the lease holds, counted from before it was asked for.</param>
/// <param name="Work">What is to be done.</param>
public sealed record ShardLease(ShardKey Shard, string Job, DatasetKind Kind, LeaseToken Token, TimeSpan Time, ShardWork Work);
