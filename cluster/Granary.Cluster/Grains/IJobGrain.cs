using Orleans;

namespace Granary.Cluster.Grains;

/// <summary>One job's life: handed in, placed, placed again where its node is lost, done. Its key is the job's id.</summary>
public interface IJobGrain : IGrainWithStringKey
{
    /// <summary>What the dataset is called, behind the job's id and '/', that is the job's own process.</summary>
    const string Driver = "driver";

    /// <summary>Takes the job in; the same one again gives where it stands.</summary>
    /// <exception cref="Ledger.LedgerConflictException">The key is another job's.</exception>
    /// <exception cref="RequestRefusedException">No job can be like this.</exception>
    /// <exception cref="Core.Configuration.ConfigurationException">The configuration has faults.</exception>
    Task<JobSnapshot> SubmitAsync(JobSubmission submission, string submitter);

    /// <summary>Where it stands; null where there is no such job.</summary>
    Task<JobSnapshot?> SnapshotAsync();

    /// <summary>Whether datasets may be made for it: not after it ended, nor once it is being cancelled. Who is no job of ours may.</summary>
    Task<bool> AcceptsWorkAsync();

    /// <summary>Is told that work of it is handed out, so that what is known of a run that is nobody's job goes some time, too.</summary>
    Task HandOutAsync();

    /// <summary>Is told that the shard which is its own process was granted, committed or has failed.</summary>
    Task DriverChangedAsync();

    /// <summary>Ends it and all its datasets.</summary>
    Task CancelAsync();

    /// <summary>Takes out what is kept of it, where it ended so long ago that nothing is to be; true once nothing is left. Its files stay.</summary>
    Task<bool> ExpireAsync();
}
