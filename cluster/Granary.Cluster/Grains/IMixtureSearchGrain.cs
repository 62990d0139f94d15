using Orleans;

namespace Granary.Cluster.Grains;

/// <summary>The rounds of a job's search for a mixture, as its own process reports them. Its key is the job's id.</summary>
public interface IMixtureSearchGrain : IGrainWithStringKey
{
    /// <summary>Takes in where a round stands, in place of what was said of it before.</summary>
    /// <exception cref="RequestRefusedException">No round can stand like this.</exception>
    Task ReportAsync(MixtureRound round);

    /// <summary>What has been reported; null where nothing was.</summary>
    Task<MixtureSearchSnapshot?> SnapshotAsync();

    /// <summary>Forgets what was reported: its job ended long ago.</summary>
    Task ForgetAsync();
}
