namespace Granary.Cluster.Protocol;

/// <summary>What a node is told when it registers.</summary>
/// <param name="LeaseTime">How long leases hold; the node says a heartbeat every third of it.</param>
/// <param name="Version">The coordinator's version of the program.</param>
public sealed record RegistrationReply(TimeSpan LeaseTime, string Version);
