namespace Granary.Cluster.Grains;

/// <summary>Where a job stands.</summary>
public enum JobStatus
{
    /// <summary>Waits for a place.</summary>
    Queued,

    /// <summary>Its own process runs, or did until its node was lost.</summary>
    Running,

    /// <summary>It is done.</summary>
    Done,

    /// <summary>It failed as often as it may.</summary>
    Failed,

    /// <summary>It was cancelled.</summary>
    Cancelled,
}
