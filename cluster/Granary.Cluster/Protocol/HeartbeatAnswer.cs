using Granary.Cluster.Grains;

namespace Granary.Cluster.Protocol;

/// <summary>What came of a heartbeat, with the moment from which lengthened leases count.</summary>
/// <param name="Reply">What the coordinator said.</param>
/// <param name="AskedAt">The clock's timestamp before the request was sent that brought it.</param>
public sealed record HeartbeatAnswer(HeartbeatReply Reply, long AskedAt);
