using System.Diagnostics;
using Granary.Cli.Commands;
using Granary.Cli.Jobs;
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
            var start = new ProcessStartInfo(program[0], [.. program.Skip(1), .. arguments]);
            RankStart.Tell(start, environment, threads);
            return ChildProcess.Start(start, Console.Out.WriteLine, Console.Error.WriteLine);
        }).ToList();
        var codes = Task.WhenAll(processes.Select(process => process.Ended)).GetAwaiter().GetResult();
        processes.ForEach(process => process.Dispose());
        return codes.FirstOrDefault(code => code != ExitCodes.Done);
    }
}
