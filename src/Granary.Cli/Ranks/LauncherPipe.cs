namespace Granary.Cli.Ranks;

/// <summary>A rank's standard input: its other end is the launcher's, and closes with it however the launcher ends.</summary>
internal static class LauncherPipe
{
    /// <summary>Ends this process and what it has started at the moment at which the launcher is gone.</summary>
    public static void DieWithLauncher()
    {
        var input = Console.OpenStandardInput();
        var watch = new Thread(() =>
        {
            // The launcher writes nothing, so a read returns at the end only. A run without its launcher has lost its claim
            // on the folder: another one may take it at once, so nothing is saved any more.
            while (input.Read(new byte[1]) > 0)
            {
            }

            RankSignals.Kill(Environment.ProcessId);
        })
        {
            IsBackground = true,
            Name = "launcher",
        };
        watch.Start();
    }
}
