using System.Diagnostics;
using System.Globalization;
using Granary.Distributed.Ranks;

namespace Granary.Cli.Ranks;

/// <summary>How a rank is started: this same program once more, with what a rank must know in its environment.</summary>
/// <param name="Program">This program's file and what comes before its own arguments.</param>
/// <param name="Config">The run's resolved configuration.</param>
/// <param name="Runs">The folder of runs.</param>
internal sealed record RankStart(IReadOnlyList<string> Program, string Config, string Runs)
{
    private const string Devices = "CUDA_VISIBLE_DEVICES";

    /// <summary>The program of this process: its own file, or the runtime's with this program's assembly behind it.</summary>
    public static IReadOnlyList<string> ThisProgram()
    {
        var file = Environment.ProcessPath!;
        return Path.GetFileNameWithoutExtension(file) == "dotnet" ? [file, Environment.GetCommandLineArgs()[0]] : [file];
    }

    /// <summary>The start of one rank with its threads; <paramref name="devices"/> are the CUDA devices that this process sees, where that is said.</summary>
    public ProcessStartInfo Of(RankEnvironment environment, int threads, string? devices)
    {
        var start = new ProcessStartInfo(Program[0], [.. Program.Skip(1), "train", Config, "--runs", Runs])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        Tell(start, environment, threads);
        start.Environment[Devices] = DeviceOf(environment.LocalRank, devices);
        return start;
    }

    /// <summary>Puts into a start's environment which rank it is, and its threads.</summary>
    public static void Tell(ProcessStartInfo start, RankEnvironment environment, int threads)
    {
        foreach (var (name, value) in environment.ToVariables())
        {
            start.Environment[name] = value;
        }

        start.Environment["OMP_NUM_THREADS"] = threads.ToString(CultureInfo.InvariantCulture);
    }

    // With fewer devices than ranks, the ranks share them in turn.
    private static string DeviceOf(int rank, string? devices)
    {
        var named = devices?.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) ?? [];
        return devices is null ? rank.ToString(CultureInfo.InvariantCulture) : named.Length > 0 ? named[rank % named.Length] : string.Empty;
    }
}
