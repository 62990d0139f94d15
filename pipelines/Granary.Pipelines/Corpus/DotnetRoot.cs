namespace Granary.Pipelines.Corpus;

/// <summary>Finds the folder that the .NET SDK lies in.</summary>
internal static class DotnetRoot
{
    /// <summary>
    /// The folder: above the runtime this process uses, in DOTNET_ROOT, or where the `dotnet` on PATH lies, the first of
    /// them with packs in it; null when none has.
    /// </summary>
    public static string? Find()
    {
        return Candidates().FirstOrDefault(folder => Directory.Exists(Path.Combine(folder, "packs")));
    }

    private static IEnumerable<string> Candidates()
    {
        // <root>/shared/Microsoft.NETCore.App/<version>/System.Private.CoreLib.dll; a single file has no location.
        var runtime = Path.GetDirectoryName(typeof(object).Assembly.Location);
        if (!string.IsNullOrEmpty(runtime))
        {
            yield return Path.GetFullPath(Path.Combine(runtime, "..", "..", ".."));
        }

        if (Environment.GetEnvironmentVariable("DOTNET_ROOT") is { Length: > 0 } root)
        {
            yield return root;
        }

        foreach (var folder in (Environment.GetEnvironmentVariable("PATH") ?? string.Empty).Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries))
        {
            var command = new FileInfo(Path.Combine(folder, OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet"));
            if (command.Exists)
            {
                yield return Path.GetDirectoryName(command.ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? command.FullName)!;
            }
        }
    }
}
