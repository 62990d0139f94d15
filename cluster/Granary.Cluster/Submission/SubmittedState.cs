namespace Granary.Cluster.Submission;

/// <summary>Where a submitted job stands.</summary>
public enum SubmittedState
{
    /// <summary>Who was to run it says nothing of it.</summary>
    Unknown,

    /// <summary>Waits for a place, or to be started again.</summary>
    Queued,

    /// <summary>Runs.</summary>
    Running,

    /// <summary>It is done.</summary>
    Done,

    /// <summary>It failed.</summary>
    Failed,

    /// <summary>It was cancelled.</summary>
    Cancelled,
}
