namespace Granary.Cluster.Grains;

/// <summary>What a node says every third of a lease's time.</summary>
/// <param name="Leases">The leases it holds.</param>
/// <param name="IsDraining">Whether it takes no more work.</param>
public sealed record Heartbeat(IReadOnlyList<HeldLease> Leases, bool IsDraining);
