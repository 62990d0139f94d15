namespace Granary.Cluster.Host.Security;

/// <summary>What a token lets its holder do.</summary>
public enum TokenRole
{
    /// <summary>Everything.</summary>
    Admin,

    /// <summary>Hand in and cancel jobs, hand out the parts of a run, and read.</summary>
    Submit,

    /// <summary>Read.</summary>
    Read,

    /// <summary>Be a node: register, say that it lives, and take leases, each of which comes with a token of its own.</summary>
    Worker,
}
