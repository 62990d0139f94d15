using Granary.Pipelines.Climb.Search;

namespace Granary.Cli.Mixtures.Trials;

/// <summary>A folder of proxies, each in a folder named by all that decides its result. What is finished stays so, whoever asks.</summary>
/// <param name="Path">The folder.</param>
internal sealed record ProxyStore(string Path)
{
    /// <summary>The name a result has in its proxy's folder.</summary>
    public const string ResultName = "result.json";

    private const string LogName = "log.txt";

    /// <summary>A proxy's folder.</summary>
    public string FolderOf(string key) => System.IO.Path.Combine(Path, key);

    /// <summary>The file that takes what a proxy's process prints.</summary>
    public string LogOf(string key) => System.IO.Path.Combine(FolderOf(key), LogName);

    /// <summary>The result of a finished proxy; null where it is not finished.</summary>
    public TrialResult? Find(string key)
    {
        var path = System.IO.Path.Combine(FolderOf(key), ResultName);
        return File.Exists(path) ? SearchJson.ReadFile<TrialResult>(path) : null;
    }

    /// <summary>Writes what a proxy's process has to know, and gives the file.</summary>
    public string Prepare(ProxySpec spec, string runFolder)
    {
        var path = System.IO.Path.Combine(FolderOf(spec.Key), ProxySpec.FileName);

        // Another run that shares the folder may have begun it, and its own may be gone.
        SearchJson.WriteFile(path, spec with { Run = System.IO.Path.GetRelativePath(FolderOf(spec.Key), runFolder) });
        return path;
    }
}
