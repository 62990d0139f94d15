using Granary.Cli.Stages;
using Granary.Cluster.Protocol;
using Granary.Core.Files;

namespace Granary.Cli.Cluster;

/// <summary>A run's connection to the coordinator that takes parts of its work.</summary>
internal sealed class ClusterConnection : IDisposable
{
    // The file in a run's folder that names the job which the run is for the coordinator, where it is nobody's job.
    private const string JobFileName = "cluster-job.txt";

    // As long as a coordinator may take to come back; a job's own process is stopped by its worker long before.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(30);

    private readonly RunContext _context;

    private ClusterConnection(RunContext context, CoordinatorClient client, string job, long splitBytes)
    {
        (_context, Client, Job, SplitBytes) = (context, client, job, splitBytes);
    }

    /// <summary>The coordinator.</summary>
    public CoordinatorClient Client { get; }

    /// <summary>The job that the run is.</summary>
    public string Job { get; }

    /// <summary>Bytes of files in one split of a stage.</summary>
    public long SplitBytes { get; }

    /// <summary>The connection of a run that is a coordinator's job, or whose configuration names one; null for one that this machine does alone.</summary>
    public static ClusterConnection? Open(RunContext context)
    {
        var (address, job) = (Environment.GetEnvironmentVariable(CoordinatorOptions.AddressVariable), Environment.GetEnvironmentVariable(CoordinatorOptions.JobVariable));
        var config = context.Config.Cluster;
        var isJob = !string.IsNullOrEmpty(address) && !string.IsNullOrEmpty(job);
        if (!isJob && config is not { Coordinator.Length: > 0 })
        {
            return null;
        }

        var tokenFile = isJob || config!.TokenFile.Length == 0 ? Environment.GetEnvironmentVariable(CoordinatorOptions.TokenFileVariable) : config.TokenFile;
        var options = CoordinatorOptions.Open(isJob ? address! : config!.Coordinator, tokenFile) with { Patience = Patience };
        return new ClusterConnection(context, new CoordinatorClient(options, context.Time), isJob ? job! : JobOf(context), (config ?? new ClusterConfig()).SplitBytes);
    }

    /// <summary>A launcher whose jobs are shards of a dataset of this job; the dataset's name says of what they are parts.</summary>
    public ClusterLauncher Launcher(string stage)
    {
        return new ClusterLauncher(Client, Job, $"{Job}/{stage}");
    }

    public void Dispose()
    {
        Client.Dispose();
    }

    // A run that was removed and made again is another job: the coordinator remembers what the first one's parts came to.
    private static string JobOf(RunContext context)
    {
        var path = Path.Combine(context.Folder.Path, JobFileName);
        if (!File.Exists(path))
        {
            AtomicFile.WriteText(path, $"{context.Config.Name[..Math.Min(context.Config.Name.Length, 40)]}-{Guid.NewGuid():N}"[..^16]);
        }

        return File.ReadAllText(path);
    }
}
