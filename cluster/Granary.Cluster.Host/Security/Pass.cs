using Granary.Cluster.Ledger;

namespace Granary.Cluster.Host.Security;

/// <summary>What a pass says: a token that was made for one lease, and is worth nothing without it.</summary>
/// <param name="Role">What it lets its bearer do.</param>
/// <param name="Parent">The SHA-256, in hexadecimal, of the token that took the lease: once that one ends, so does this.</param>
/// <param name="Job">The lease's job.</param>
/// <param name="Shard">The lease's shard.</param>
/// <param name="Token">The lease's token.</param>
internal sealed record Pass(PassRole Role, string Parent, string Job, ShardKey Shard, LeaseToken Token);
