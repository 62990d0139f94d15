using System.Diagnostics;
using System.Globalization;

namespace Granary.EndToEnd.Tests;

/// <summary>The processes that a launcher has started, as the system lists them.</summary>
internal static class RankProcesses
{
    /// <summary>The processes of all ranks, by rank; their environment says which they are.</summary>
    public static IReadOnlyList<Process> All(GranaryProcess launcher, int ranks)
    {
        var children = Children(launcher.Id).ToDictionary(child => child, VariablesOf);
        return [.. Enumerable.Range(0, ranks).Select(rank => Process.GetProcessById(
            children.Single(child => child.Value.Contains(string.Create(CultureInfo.InvariantCulture, $"GRANARY_RANK={rank}"))).Key))];
    }

    private static IReadOnlyList<int> Children(int process)
    {
        // Each thread has those that it has started.
        return [.. Directory.EnumerateDirectories(string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/task"))
            .SelectMany(thread => File.ReadAllText(Path.Combine(thread, "children")).Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Select(text => int.Parse(text, CultureInfo.InvariantCulture))];
    }

    private static string[] VariablesOf(int process)
    {
        return File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/environ")).Split('\0');
    }
}
