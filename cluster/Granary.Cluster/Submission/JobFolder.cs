namespace Granary.Cluster.Submission;

/// <summary>The folder of one submission below its run: parameters, script, logs, and how the parts ended.</summary>
internal static class JobFolder
{
    private const UnixFileMode OwnersFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode OwnersFolder = OwnersFile | UnixFileMode.UserExecute;

    /// <summary>Makes the folder; nobody but the user may look into it.</summary>
    public static void Create(string folder)
    {
        if (OperatingSystem.IsWindows())
        {
            throw new PlatformNotSupportedException("Runs are submitted from Linux or macOS.");
        }

        Directory.CreateDirectory(folder, OwnersFolder);
    }

    /// <summary>Makes a file that nobody but the user may read, whatever the folder allows.</summary>
    public static FileStream CreateFile(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            throw new PlatformNotSupportedException("Runs are submitted from Linux or macOS.");
        }

        // The mode counts for a file that is made, not for one that is there.
        File.Delete(path);
        return new FileStream(path, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = OwnersFile });
    }

    /// <summary>The logs of a job, its parts in order and an array's tasks by number.</summary>
    public static IEnumerable<string> Logs(SubmittedJob job)
    {
        if (!Directory.Exists(job.Folder))
        {
            return [];
        }

        return
            from part in job.Parts
            from path in Directory.EnumerateFiles(job.Folder, $"{part.Name}*.log").OrderBy(path => path.Length).ThenBy(path => path, StringComparer.Ordinal)
            select path;
    }
}
