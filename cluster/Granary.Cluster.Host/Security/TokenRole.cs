namespace Granary.Cluster.Host.Security;

/// <summary>What a token lets its holder do.</summary>
public enum TokenRole
{
    /// <summary>Everything.</summary>
    Admin,

    /// <summary>Hand in and cancel jobs, and read.</summary>
    Submit,

    /// <summary>Read.</summary>
    Read,

    /// <summary>Register a node, take leases and commit them, and hand out a job's parts.</summary>
    Worker,
}
