using Granary.Cluster.Grains;
using Granary.Cluster.Ledger;

namespace Granary.Cluster.Protocol;

/// <summary>A lease with the moment from which its holder may count it.</summary>
/// <param name="Lease">The lease.</param>
/// <param name="AskedAt">The clock's timestamp before the request was sent that brought it: the lease began later.</param>
public sealed record LeaseGrant(ShardLease Lease, long AskedAt);

/// <summary>What came of a heartbeat, with the moment from which lengthened leases count.</summary>
/// <param name="Reply">What the coordinator said.</param>
/// <param name="AskedAt">The clock's timestamp before the request was sent that brought it.</param>
public sealed record HeartbeatAnswer(HeartbeatReply Reply, long AskedAt);
