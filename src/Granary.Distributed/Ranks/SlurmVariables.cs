namespace Granary.Distributed.Ranks;

/// <summary>What Slurm's srun tells each task, and what follows from it: the first host is rank 0's, and the port comes from the job.</summary>
internal static class SlurmVariables
{
    // Below the range from which Linux gives outgoing connections their ports.
    private const int FirstPort = 10_000;
    private const int Ports = 20_000;

    /// <summary>Whether srun started the process. A batch script has a SLURM_PROCID too, but belongs to no step.</summary>
    public static bool AreIn(IReadOnlyDictionary<string, string> variables)
    {
        return variables.ContainsKey("SLURM_PROCID") && variables.ContainsKey("SLURM_STEP_ID");
    }

    /// <summary>Reads and checks them.</summary>
    public static RankEnvironment Read(IReadOnlyDictionary<string, string> variables)
    {
        var reader = new VariableReader(variables, ["SLURM_PROCID", "SLURM_STEP_ID", "SLURM_NTASKS", "SLURM_LOCALID", "SLURM_JOB_ID"]);
        var size = reader.Number("SLURM_NTASKS", 1);
        var rank = reader.Index("SLURM_PROCID", size, "SLURM_NTASKS");
        if (size == 1 && reader.IsSound)
        {
            return RankEnvironment.Single;
        }

        var localSize = LocalSize(variables, reader, size);
        var localRank = reader.Index("SLURM_LOCALID", localSize, "the tasks of this node");
        var hosts = Hosts(variables, reader);
        var job = reader.Number("SLURM_JOB_ID", 0);
        reader.ThrowIfAny();
        return new RankEnvironment(rank!.Value, size!.Value, localRank!.Value, localSize!.Value, hosts[0], FirstPort + (job!.Value % Ports), RankLauncherKind.Slurm);
    }

    // The step may have fewer nodes than the job, so what is said of the step comes first.
    private static IReadOnlyList<string> Hosts(IReadOnlyDictionary<string, string> variables, VariableReader reader)
    {
        var name = First(variables, "SLURM_STEP_NODELIST", "SLURM_NODELIST", "SLURM_JOB_NODELIST") ?? "SLURM_NODELIST";
        var list = reader.Text(name, "a list of nodes");
        var hosts = list.Length > 0 ? SlurmNodeList.Expand(list) : [];
        reader.Require(list.Length == 0 || hosts.Count > 0, $"'{name}' is '{list}' but must be a list of nodes as 'node[01-03,7],gpu-1'.");
        return hosts;
    }

    private static int? LocalSize(IReadOnlyDictionary<string, string> variables, VariableReader reader, int? size)
    {
        if (First(variables, "SLURM_STEP_TASKS_PER_NODE", "SLURM_TASKS_PER_NODE") is not { } name)
        {
            return reader.Number("SLURM_NTASKS_PER_NODE", 1, size ?? int.MaxValue);
        }

        var counts = SlurmNodeList.ExpandCounts(variables[name]);
        reader.Require(counts.Count > 0, $"'{name}' is '{variables[name]}' but must be the tasks of each node as '4(x2),3'.");
        var node = counts.Count > 1 ? reader.Index("SLURM_NODEID", counts.Count, "the step's nodes") : 0;
        return node < counts.Count ? counts[node.Value] : null;
    }

    private static string? First(IReadOnlyDictionary<string, string> variables, params string[] names)
    {
        return names.FirstOrDefault(variables.ContainsKey);
    }
}
