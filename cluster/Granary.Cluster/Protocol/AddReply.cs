namespace Granary.Cluster.Protocol;

/// <summary>What the one who adds shards is told.</summary>
/// <param name="First">The first added shard's index.</param>
public sealed record AddReply(int First);
