using Granary.Core.Files;

namespace Granary.Cluster.Grains;

/// <summary>Jobs' files below FOLDER/jobs/ID, for their owner's eyes only.</summary>
internal sealed class JobFiles : IJobFiles
{
    private const UnixFileMode OwnFolder = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private readonly string _folder;

    public JobFiles(ClusterOptions options)
    {
        _folder = Path.GetFullPath(options.Folder);
    }

    public string WriteConfiguration(string job, string configuration)
    {
        if (OperatingSystem.IsWindows())
        {
            throw new PlatformNotSupportedException("A coordinator hides jobs' files by their modes, which Windows does not have; run it on Linux.");
        }

        var folder = FolderOf(job);
        Directory.CreateDirectory(folder, OwnFolder);
        var path = Path.Combine(folder, "config.yaml");
        AtomicFile.WriteText(path, configuration); // the folder hides it until its own mode does
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return path;
    }

    public string RunsOf(string job) => Path.Combine(FolderOf(job), "runs");

    private string FolderOf(string job) => Path.Combine(_folder, "jobs", job);
}
