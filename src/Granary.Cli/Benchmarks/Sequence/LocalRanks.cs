using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Granary.Cli.Commands;
using Granary.Cli.Ranks;
using Granary.Distributed.Ranks;

namespace Granary.Cli.Benchmarks.Sequence;

/// <summary>Runs a command of this program once more for each of some ranks on this machine, with this process's output.</summary>
internal static class LocalRanks
{
    /// <summary>Runs all ranks to their end; the exit code of the first that did not end well.</summary>
    internal static int Run(int ranks, IReadOnlyList<string> arguments, int threads)
    {
        var program = RankStart.ThisProgram();
        var port = FreePort();
        var processes = Enumerable.Range(0, ranks).Select(rank =>
        {
            var start = new ProcessStartInfo(program[0], [.. program.Skip(1), .. arguments]) { UseShellExecute = false };
            foreach (var (name, value) in new RankEnvironment(rank, ranks, rank, ranks, IPAddress.Loopback.ToString(), port, RankLauncherKind.Granary).ToVariables())
            {
                start.Environment[name] = value;
            }

            start.Environment["OMP_NUM_THREADS"] = threads.ToString(CultureInfo.InvariantCulture);
            return Process.Start(start)!;
        }).ToList();
        processes.ForEach(process => process.WaitForExit());
        var code = processes.Select(process => process.ExitCode).FirstOrDefault(code => code != ExitCodes.Done);
        processes.ForEach(process => process.Dispose());
        return code;
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
