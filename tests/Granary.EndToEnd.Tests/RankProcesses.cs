using System.Diagnostics;
using System.Globalization;

namespace Granary.EndToEnd.Tests;

/// <summary>The processes that a launcher has started, as the system lists them.</summary>
internal static class RankProcesses
{
    /// <summary>The process of a rank; its environment says which it is.</summary>
    public static Process Of(GranaryProcess launcher, int rank)
    {
        var wanted = string.Create(CultureInfo.InvariantCulture, $"GRANARY_RANK={rank}");
        return Process.GetProcessById(Children(launcher.Id).Single(child => VariablesOf(child).Contains(wanted)));
    }

    /// <summary>Everything a process has started.</summary>
    public static IReadOnlyList<int> Children(int process)
    {
        return [.. Directory.EnumerateFiles(string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/task"), "children", new EnumerationOptions { RecurseSubdirectories = true })
            .SelectMany(file => File.ReadAllText(file).Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Select(text => int.Parse(text, CultureInfo.InvariantCulture))];
    }

    private static string[] VariablesOf(int process)
    {
        return File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/environ")).Split('\0');
    }
}
