using System.CommandLine;

namespace Granary.Cli.Commands;

/// <summary>The option of the commands that train: how many processes of this machine do it together.</summary>
internal static class RanksOption
{
    /// <summary>A fresh option; anything but a number of 1 or more is wrong usage.</summary>
    internal static Option<int> Create()
    {
        var ranks = new Option<int>("--ranks")
        {
            Description = "Processes of this machine that train together, each with its share of the threads. Under srun or torchrun leave it out: each process is a rank. See docs/many-ranks.md. Default: 1.",
            DefaultValueFactory = _ => 1,
        };
        ThreadsOption.RequirePositive(ranks);
        return ranks;
    }
}
