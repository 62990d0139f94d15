using System.Globalization;
using System.Runtime.InteropServices;

namespace Granary.Cluster.Submission.Local;

/// <summary>A process of this machine that is named so that no later one is taken for it: by its number and when it began.</summary>
internal static partial class LocalProcess
{
    private const int Sigterm = 15;

    /// <summary>The name of a process that runs; null where there is none.</summary>
    public static string? NameOf(int process)
    {
        // The program's name stands in parentheses and may hold any character; field 22, the start in ticks since the
        // machine's, is the twentieth behind them.
        var path = string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/stat");
        try
        {
            var text = File.ReadAllText(path);
            var fields = text[(text.LastIndexOf(')') + 2)..].Split(' ');
            return fields[0] is "Z" or "X" ? null : string.Create(CultureInfo.InvariantCulture, $"{process}-{fields[19]}");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Whether the process of this name runs.</summary>
    public static bool Runs(string name) => NameOf(NumberOf(name)) == name;

    /// <summary>Asks the process of this name to end; nothing where it does not run.</summary>
    public static void Terminate(string name)
    {
        if (Runs(name))
        {
            _ = Kill(NumberOf(name), Sigterm);
        }
    }

    /// <summary>Takes this process out of its terminal's session, so that it outlives that.</summary>
    public static void LeaveTerminal()
    {
        // Fails for the leader of a process group, which a process that was just started is not.
        _ = SetSession();
    }

    private static int NumberOf(string name)
    {
        return int.TryParse(name.Split('-')[0], NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int Kill(int process, int signal);

    [LibraryImport("libc", EntryPoint = "setsid", SetLastError = true)]
    private static partial int SetSession();
}
