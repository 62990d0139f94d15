using Granary.Cluster.Ledger;

namespace Granary.Cluster.Protocol;

/// <summary>What a node is granted.</summary>
/// <param name="Lease">The lease.</param>
/// <param name="Keys">The tokens that belong to it.</param>
public sealed record LeaseReply(ShardLease Lease, LeaseKeys Keys);
