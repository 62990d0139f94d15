using Orleans;

namespace Granary.Cluster.Grains;

/// <summary>One job's life: handed in, placed, placed again where its node is lost, done. Its key is the job's id.</summary>
public interface IJobGrain : IGrainWithStringKey
{
    /// <summary>Takes the job in; the same one again gives where it stands.</summary>
    /// <exception cref="Ledger.LedgerConflictException">The key is another job's.</exception>
    Task<JobSnapshot> SubmitAsync(JobSubmission submission, string submitter);

    /// <summary>Where it stands; null where there is no such job.</summary>
    Task<JobSnapshot?> SnapshotAsync();

    /// <summary>Is told that the shard which is its own process was granted, committed or has failed.</summary>
    Task DriverChangedAsync();

    /// <summary>Ends it and all its datasets.</summary>
    Task CancelAsync();
}
