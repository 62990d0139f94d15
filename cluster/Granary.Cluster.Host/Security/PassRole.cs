namespace Granary.Cluster.Host.Security;

/// <summary>What a pass lets its bearer do: only for the lease, the generation or the job that it names.</summary>
internal enum PassRole
{
    /// <summary>A worker, for one lease: commit it, give it back, and let its rank meet the others.</summary>
    Holder,

    /// <summary>A job's own process: hand out its job's parts and wait for them.</summary>
    Driver,

    /// <summary>A part of a job: look at that job.</summary>
    Part,

    /// <summary>A rank: look at its own generation and its job.</summary>
    Rank,
}
