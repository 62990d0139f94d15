using Granary.Cli.Commands;
using Granary.Core.Configuration;
using Granary.Distributed.Ranks;
using Granary.Torch;
using Granary.Torch.Distributed;

namespace Granary.Cli.Ranks;

/// <summary>What must be the same on all ranks before they train together.</summary>
internal static class RankAgreement
{
    /// <summary>Compares the number of ranks with the grid that the configuration asks for.</summary>
    /// <exception cref="ConfigurationException">They do not fit.</exception>
    public static void RequireGrid(RunConfig config, int ranks)
    {
        var wanted = config.Parallel.SequenceRanks;
        if (ranks % wanted != 0)
        {
            throw new ConfigurationException("parallel", [$"'parallel.sequence_ranks' is '{wanted}' but must divide the number of ranks, which is {ranks}. Start {wanted} ranks or a multiple (--ranks {wanted}), or lower it."]);
        }

        if (ranks > 1 && config.Optimizer.NeedsWholeMatrices)
        {
            throw new ConfigurationException("optimizer", [$"'optimizer.type' is '{ConfigVariants.NameOf(config.Optimizer)}', whose updates need whole matrices, but {ranks} ranks each own a part of every parameter. Start one rank, or take 'adamw'."]);
        }

        if (wanted > 1 && config.Training.ToDevice().Type != DeviceType.CPU)
        {
            throw new ConfigurationException("parallel", [$"'parallel.sequence_ranks' is '{wanted}' and 'training.device' is '{config.Training.Device}', but ranks share a row on the cpu only. Set sequence_ranks to 1, so that ranks share the rows of a step, or the device to cpu."]);
        }

        SequenceChoice.RequireServes(config);
    }

    /// <summary>Compares the ranks' configurations; rank 0 says what differs, the others end without a word.</summary>
    /// <exception cref="ConfigurationException">They differ, on rank 0.</exception>
    /// <exception cref="RanksException">They differ, on another rank.</exception>
    public static void RequireSame(ProcessGroup world, string configuration)
    {
        var all = TextExchange.AllGather(world, configuration);
        var others = Enumerable.Range(0, all.Count).Where(rank => all[rank] != all[0]).ToList();
        if (others.Count == 0)
        {
            return;
        }

        if (world.rank > 0)
        {
            throw new RanksException(others[0], string.Empty, ExitCodes.WrongUsage);
        }

        throw new ConfigurationException("configuration", [
            $"Rank {string.Join(", ", others)} has another configuration than rank 0: {Difference(all[others[0]], all[0])}. Start all ranks with the same file and the same --set."]);
    }

    private static string Difference(string other, string first)
    {
        var (left, right) = (other.Split('\n'), first.Split('\n'));
        var line = left.Zip(right).TakeWhile(pair => pair.First == pair.Second).Count();
        return $"line {line + 1} is '{LineAt(left, line)}' there and '{LineAt(right, line)}' here";
    }

    private static string LineAt(string[] lines, int line) => line < lines.Length ? lines[line].Trim() : string.Empty;
}
