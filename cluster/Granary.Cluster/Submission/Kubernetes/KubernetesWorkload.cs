namespace Granary.Cluster.Submission.Kubernetes;

/// <summary>The kind of workload that a run becomes.</summary>
public enum KubernetesWorkload
{
    /// <summary>One indexed Job: Kubernetes alone, nothing to install.</summary>
    Job,

    /// <summary>A JobSet: its controller must be installed.</summary>
    Jobset,
}
