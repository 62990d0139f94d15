using Granary.Cluster.Host.Security;

namespace Granary.Cluster.Host.Files;

/// <summary>Where jobs' files lie in the folder that all nodes see, for those who may read them and nothing else.</summary>
internal sealed class JobPaths
{
    private readonly string _folder;

    public JobPaths(ServeOptions options)
    {
        _folder = options.Folder;
    }

    /// <summary>The file of a run's events; null where there is none yet.</summary>
    public string? EventsOf(string job, string run)
    {
        return SafePath.Resolve(_folder, $"jobs/{job}/runs/{run}/events.jsonl");
    }

    /// <summary>The file with what a job's own process printed; null where there is none yet.</summary>
    public string? LogOf(string job)
    {
        return SafePath.Resolve(_folder, $"logs/{job}/driver/driver.log");
    }
}
