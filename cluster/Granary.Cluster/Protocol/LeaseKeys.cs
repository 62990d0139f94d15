namespace Granary.Cluster.Protocol;

/// <summary>Tokens that belong to one lease and open nothing else.</summary>
/// <param name="Holder">Ends the lease, and lets a rank meet the others: for the worker.</param>
/// <param name="Work">Opens the routes of the lease's own job for as long as the lease holds: for what the worker starts.</param>
public sealed record LeaseKeys(string Holder, string Work);
