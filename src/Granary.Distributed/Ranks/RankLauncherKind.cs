namespace Granary.Distributed.Ranks;

/// <summary>Who started a rank.</summary>
public enum RankLauncherKind
{
    /// <summary>Nobody: the process is by itself.</summary>
    None,

    /// <summary>Granary with --ranks: the stages before training are done, and the launcher holds the run's folder.</summary>
    Granary,

    /// <summary>torchrun, or whoever sets its variables.</summary>
    Torchrun,

    /// <summary>Slurm's srun.</summary>
    Slurm,
}
