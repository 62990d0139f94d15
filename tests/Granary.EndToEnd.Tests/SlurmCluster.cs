using Granary.Testing;

namespace Granary.EndToEnd.Tests;

/// <summary>A real Slurm of one node that scripts/slurm-cluster.sh runs for as long as a test needs it.</summary>
internal sealed class SlurmCluster : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly GranaryProcess _process;

    private SlurmCluster()
    {
        // It lives until its standard output's reader asks it to end: the command waits for a file.
        _process = GranaryProcess.StartOther(
            Repository.PathOf("scripts", "slurm-cluster.sh"), _folder.Path, "sh", "-c", "mkfifo end; echo \"SLURM_CONF=$SLURM_CONF\"; read x < end");
        Configuration = _process.WaitForLine(line => line.StartsWith("SLURM_CONF=", StringComparison.Ordinal))?["SLURM_CONF=".Length..] ?? string.Empty;
    }

    /// <summary>The cluster's configuration, by which Slurm's programs find it.</summary>
    public string Configuration { get; }

    private Dictionary<string, string> Variables => new() { ["SLURM_CONF"] = Configuration };

    /// <summary>Starts the cluster, or skips the test and says why there is none.</summary>
    public static SlurmCluster StartOrSkip()
    {
        var cluster = new SlurmCluster();
        if (cluster.Configuration.Length == 0)
        {
            var why = cluster._process.WaitForEnd();
            cluster.Dispose();
            Assert.That(why.ExitCode, Is.EqualTo(77), why.ToString());
            Assert.Ignore(why.Error.Trim());
        }

        return cluster;
    }

    /// <summary>Runs a command of Granary where Slurm's programs find the cluster.</summary>
    public GranaryResult Granary(string folder, params string[] arguments)
    {
        using var process = GranaryProcess.StartWith(Variables, folder, arguments);
        return process.WaitForEnd();
    }

    /// <summary>Starts a command of Granary in the same way.</summary>
    public GranaryProcess Start(string folder, params string[] arguments) => GranaryProcess.StartWith(Variables, folder, arguments);

    /// <summary>Runs one of Slurm's programs.</summary>
    public GranaryResult Slurm(string program, params string[] arguments)
    {
        return GranaryProcess.RunOther("env", _folder.Path, [$"SLURM_CONF={Configuration}", program, .. arguments]);
    }

    public void Dispose()
    {
        if (Configuration.Length > 0)
        {
            File.WriteAllText(_folder["end"], "end\n");
            _process.WaitForEnd();
        }

        _process.Dispose();
        _folder.Dispose();
    }
}
