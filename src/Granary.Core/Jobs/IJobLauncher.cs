namespace Granary.Core.Jobs;

/// <summary>Runs jobs somewhere: processes of this machine, a cluster's workers. Who asks does not know which.</summary>
public interface IJobLauncher
{
    /// <summary>Jobs that run at the same time; more wait for a place.</summary>
    int Places { get; }

    /// <summary>
    /// Runs a job to its end. A job that fails is an outcome, not an exception; cancelling stops the job and throws.
    /// </summary>
    /// <exception cref="OperationCanceledException">It was cancelled; the job is over.</exception>
    Task<JobOutcome> RunAsync(JobSpec job, CancellationToken cancellationToken);
}
