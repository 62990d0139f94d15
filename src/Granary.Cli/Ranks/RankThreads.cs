using System.Globalization;
using Granary.Distributed.Ranks;

namespace Granary.Cli.Ranks;

/// <summary>How many threads a rank computes on: its share of those that all ranks of its machine have.</summary>
internal static class RankThreads
{
    private const string SlurmCores = "SLURM_CPUS_ON_NODE";
    private const string Granted = "OMP_NUM_THREADS";

    /// <summary>
    /// The share of <paramref name="wanted"/> threads, or of all cores where that is 0; at least 1. Slurm may have bound a
    /// task to its own cores: then <paramref name="cores"/> are a share already, and what the node has is Slurm's to say.
    /// </summary>
    public static int Share(RankEnvironment environment, int wanted, int cores, IReadOnlyDictionary<string, string> variables)
    {
        // A rank of a generation has what its lease says, with whatever it shares its node.
        if (environment.Generation is not null && Number(variables, Granted) is { } granted)
        {
            return granted;
        }

        if (wanted > 0)
        {
            return Math.Max(1, wanted / environment.LocalSize);
        }

        var onNode = environment.Launcher == RankLauncherKind.Slurm && Number(variables, SlurmCores) is { } number ? number : cores;
        return Math.Max(1, Math.Min(cores, onNode / environment.LocalSize));
    }

    private static int? Number(IReadOnlyDictionary<string, string> variables, string name)
    {
        return variables.TryGetValue(name, out var text) && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
    }
}
