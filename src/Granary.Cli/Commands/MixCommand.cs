using System.CommandLine;

namespace Granary.Cli.Commands;

/// <summary>`granary mix`: finds the mixture of text that trains best.</summary>
internal static class MixCommand
{
    internal static Command Build(TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(time);
        return new Command("mix", "Finds the mixture of text that trains best.")
        {
            MixPredictorsCommand.Build(),
            MixReplayCommand.Build(),
            MixSimulateCommand.Build(),
        };
    }
}
