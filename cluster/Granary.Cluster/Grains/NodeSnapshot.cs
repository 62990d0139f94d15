namespace Granary.Cluster.Grains;

/// <summary>A node as it stands.</summary>
/// <param name="Description">What it has.</param>
/// <param name="LastSeen">When it was last heard of, by the coordinator's clock.</param>
/// <param name="IsLost">Whether it has been silent for longer than its leases hold.</param>
/// <param name="IsDraining">Whether it takes no more work.</param>
/// <param name="Leases">What it works on.</param>
public sealed record NodeSnapshot(NodeDescription Description, DateTimeOffset LastSeen, bool IsLost, bool IsDraining, IReadOnlyList<HeldLease> Leases);
