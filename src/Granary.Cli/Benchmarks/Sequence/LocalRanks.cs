using System.Diagnostics;
using Granary.Cli.Commands;
using Granary.Cli.Ranks;

namespace Granary.Cli.Benchmarks.Sequence;

/// <summary>Runs a command of this program once more for each of some ranks on this machine, with this process's output.</summary>
internal static class LocalRanks
{
    /// <summary>Runs all ranks to their end; the exit code of the first that did not end well.</summary>
    internal static int Run(int ranks, IReadOnlyList<string> arguments, int threads)
    {
        var program = RankStart.ThisProgram();
        var processes = LocalMeeting.Of(ranks).Select(environment =>
        {
            var start = new ProcessStartInfo(program[0], [.. program.Skip(1), .. arguments]) { UseShellExecute = false };
            RankStart.Tell(start, environment, threads);
            return Process.Start(start)!;
        }).ToList();
        processes.ForEach(process => process.WaitForExit());
        var code = processes.Select(process => process.ExitCode).FirstOrDefault(code => code != ExitCodes.Done);
        processes.ForEach(process => process.Dispose());
        return code;
    }
}
