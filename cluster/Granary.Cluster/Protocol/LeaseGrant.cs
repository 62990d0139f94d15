using Granary.Cluster.Ledger;

namespace Granary.Cluster.Protocol;

/// <summary>A lease with the moment from which its holder may count it.</summary>
/// <param name="Lease">The lease.</param>
/// <param name="Keys">The tokens that belong to it.</param>
/// <param name="AskedAt">The clock's timestamp before the request was sent that brought it: the lease began later.</param>
public sealed record LeaseGrant(ShardLease Lease, LeaseKeys Keys, long AskedAt);
