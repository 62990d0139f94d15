using System.Runtime.InteropServices;

namespace Granary.Cli.Ranks;

/// <summary>Signals to a rank together with everything that it has started: each rank leads a process group of its own.</summary>
internal static partial class RankSignals
{
    private const int Sigkill = 9;
    private const int Sigterm = 15;

    /// <summary>Makes this process lead a group: Ctrl-C at the terminal then reaches the launcher alone, which hands it on.</summary>
    public static void LeadGroup()
    {
        // Fails where the process leads a group already, which is as good.
        _ = SetProcessGroup(0, 0);
    }

    /// <summary>Asks a rank to end.</summary>
    public static void Terminate(int process)
    {
        Send(process, Sigterm);
    }

    /// <summary>Ends a rank and what it has started.</summary>
    public static void Kill(int process)
    {
        Send(process, Sigkill);
    }

    private static void Send(int process, int signal)
    {
        // A rank that has only just been started does not lead its group yet; one that has ended is passed over.
        if (Kill(-process, signal) != 0)
        {
            _ = Kill(process, signal);
        }
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int Kill(int process, int signal);

    [LibraryImport("libc", EntryPoint = "setpgid", SetLastError = true)]
    private static partial int SetProcessGroup(int process, int group);
}
