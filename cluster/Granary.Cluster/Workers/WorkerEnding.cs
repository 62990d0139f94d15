namespace Granary.Cluster.Workers;

/// <summary>How a worker ended.</summary>
/// <param name="IsRefused">Whether the coordinator wants nothing of it: its token or its version is refused.</param>
/// <param name="Reason">Why it ended, in a sentence.</param>
public sealed record WorkerEnding(bool IsRefused, string Reason);
