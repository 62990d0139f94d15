using Granary.Cluster.Submission.Http;
using Granary.Cluster.Submission.Kubernetes;
using Granary.Cluster.Submission.Local;
using Granary.Cluster.Submission.Slurm;
using Granary.Core.Configuration;

namespace Granary.Cluster.Submission;

/// <summary>How `granary submit` hands a run over. It changes nothing of what the run computes, and is not kept in the run's folder.</summary>
public sealed record SubmissionConfig : IConfigSection
{
    /// <summary>For `--to local`. Default: one rank.</summary>
    public LocalSubmissionConfig Local { get; init; } = new();

    /// <summary>For `--to slurm`. Default: one rank on one core, an hour.</summary>
    public SlurmConfig Slurm { get; init; } = new();

    /// <summary>For `--to kubernetes`. Default null: Kubernetes needs to be told an image and a volume.</summary>
    public KubernetesConfig? Kubernetes { get; init; }

    /// <summary>For `--to http://COORDINATOR`. Default: priority 0.</summary>
    public CoordinatorSubmissionConfig Coordinator { get; init; } = new();

    /// <inheritdoc/>
    public void Validate(string path, ConfigurationErrors errors)
    {
        Local.Validate($"{path}.local", errors);
        Slurm.Validate($"{path}.slurm", errors);
        Kubernetes?.Validate($"{path}.kubernetes", errors);
        Coordinator.Validate($"{path}.coordinator", errors);
    }
}
