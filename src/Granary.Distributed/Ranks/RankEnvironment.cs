using System.Globalization;

namespace Granary.Distributed.Ranks;

/// <summary>Which of a run's processes this one is, and where they meet: what a launcher has put into the environment.</summary>
/// <param name="Rank">This process's number, from 0.</param>
/// <param name="Size">All processes.</param>
/// <param name="LocalRank">This process's number on its machine, from 0; on CUDA the device it takes.</param>
/// <param name="LocalSize">Processes on this machine.</param>
/// <param name="MasterAddress">The host of rank 0; empty where there is one process.</param>
/// <param name="MasterPort">The port at which rank 0 is met; 0 where there is one process.</param>
/// <param name="Launcher">Whose variables these are.</param>
public sealed record RankEnvironment(int Rank, int Size, int LocalRank, int LocalSize, string MasterAddress, int MasterPort, RankLauncherKind Launcher)
{
    /// <summary>A process by itself.</summary>
    public static RankEnvironment Single { get; } = new(0, 1, 0, 1, string.Empty, 0, RankLauncherKind.None);

    /// <summary>The generation of ranks that this process was placed with; null where ranks are not placed by generations.</summary>
    public int? Generation { get; init; }

    /// <summary>Whether other processes belong to the run.</summary>
    public bool IsOneOfMany => Size > 1;

    /// <summary>
    /// Reads the first that is there of Granary's own variables, torchrun's and Slurm's; one process where there is none. A
    /// process of a Slurm batch script that srun did not start is by itself.
    /// </summary>
    /// <exception cref="Core.Configuration.ConfigurationException">Variables are missing, are no numbers, or contradict each other.</exception>
    public static RankEnvironment Read(IReadOnlyDictionary<string, string> variables)
    {
        if (RankVariables.Granary.IsIn(variables))
        {
            return RankVariables.Granary.Read(variables);
        }

        if (RankVariables.Torchrun.IsIn(variables))
        {
            return RankVariables.Torchrun.Read(variables);
        }

        return SlurmVariables.AreIn(variables) ? SlurmVariables.Read(variables) : Single;
    }

    /// <summary>Granary's own variables, from which a process started with them reads the same.</summary>
    public IReadOnlyDictionary<string, string> ToVariables()
    {
        return RankVariables.Granary.Write(this);
    }

    /// <summary>"rank 2 of 4, met at node-1:29500".</summary>
    public override string ToString()
    {
        return string.Create(CultureInfo.InvariantCulture, $"rank {Rank} of {Size}{(IsOneOfMany ? $", met at {MasterAddress}:{MasterPort}" : string.Empty)}");
    }
}
