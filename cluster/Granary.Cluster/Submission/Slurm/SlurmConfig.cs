using Granary.Core.Configuration;

namespace Granary.Cluster.Submission.Slurm;

/// <summary>What a run asks of Slurm: a preparation on one node, then ranks on one or several.</summary>
public sealed record SlurmConfig : IConfigSection
{
    /// <summary>The partition. Default null: the cluster's default.</summary>
    public string? Partition { get; init; }

    /// <summary>The account that is charged. Default null: the user's default.</summary>
    public string? Account { get; init; }

    /// <summary>Limit of each attempt; a run that needs longer saves before it and is requeued. Default 1h.</summary>
    public TimeSpan Time { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Nodes that train. Default 1.</summary>
    public int Nodes { get; init; } = 1;

    /// <summary>Ranks on each of them. Default 1.</summary>
    public int RanksPerNode { get; init; } = 1;

    /// <summary>Cores of each rank. Default 1.</summary>
    public int CpusPerRank { get; init; } = 1;

    /// <summary>Memory of each node, as Slurm writes it: 16G. Default null: the partition's default.</summary>
    public string? MemoryPerNode { get; init; }

    /// <summary>GPUs of each node that trains. Default 0.</summary>
    public int GpusPerNode { get; init; }

    /// <summary>Cores of the preparation, and of each task of its array. Default 1.</summary>
    public int PreparationCpus { get; init; } = 1;

    /// <summary>How long before the limit the run is told to save. Default 60s.</summary>
    public TimeSpan SaveBefore { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Attempts behind the first, whoever asks for them: Slurm after a lost node, an administrator, or the run at its limit. Default 20.</summary>
    public int MaxRestarts { get; init; } = 20;

    /// <summary>Variables for the run's environment; nothing of the submitting shell's comes along. Default: none.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <inheritdoc/>
    public void Validate(string path, ConfigurationErrors errors)
    {
        AllowedText.RequireValue(Partition, $"{path}.partition", errors);
        AllowedText.RequireValue(Account, $"{path}.account", errors);
        AllowedText.RequireValue(MemoryPerNode, $"{path}.memory_per_node", errors);
        errors.Require(Time >= TimeSpan.FromMinutes(1) && Time <= TimeSpan.FromDays(365), $"{path}.time", Time, "from 1m to 365d");
        errors.Require(Nodes >= 1, $"{path}.nodes", Nodes, "1 or more");
        errors.Require(RanksPerNode >= 1, $"{path}.ranks_per_node", RanksPerNode, "1 or more");
        errors.Require(CpusPerRank >= 1, $"{path}.cpus_per_rank", CpusPerRank, "1 or more");
        errors.Require(GpusPerNode >= 0, $"{path}.gpus_per_node", GpusPerNode, "0 or more");
        errors.Require(PreparationCpus >= 1, $"{path}.preparation_cpus", PreparationCpus, "1 or more");
        errors.Require(SaveBefore >= TimeSpan.FromSeconds(1) && SaveBefore <= TimeSpan.FromSeconds(65_535) && SaveBefore < Time, $"{path}.save_before", SaveBefore, "from 1s to 65535s and below time");
        errors.Require(MaxRestarts >= 0, $"{path}.max_restarts", MaxRestarts, "0 or more");
        AllowedText.RequireVariables(Environment, $"{path}.environment", errors);
    }
}
