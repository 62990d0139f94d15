using Granary.Cluster.Grains;
using Granary.Cluster.Ledger;

namespace Granary.Cluster.Protocol;

/// <summary>A rank has its place.</summary>
/// <param name="Dataset">The dataset of its generation; the member's rank is its shard.</param>
/// <param name="Token">The lease's token.</param>
/// <param name="Member">Where the rank is to be reached.</param>
public sealed record JoinRequest(string Dataset, LeaseToken Token, GenerationMember Member);
