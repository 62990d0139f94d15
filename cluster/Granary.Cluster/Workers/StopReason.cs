namespace Granary.Cluster.Workers;

/// <summary>Why work is stopped before its end.</summary>
internal enum StopReason
{
    /// <summary>It is not.</summary>
    None,

    /// <summary>The lease is about to be over, and the coordinator has not lengthened it.</summary>
    Overdue,

    /// <summary>The coordinator says that the lease is over, or that nobody needs the work any more.</summary>
    Lost,

    /// <summary>The worker ends.</summary>
    Draining,
}
