using System.CommandLine;

namespace Granary.Cli.Commands;

/// <summary>`granary mix`: finds the mixture of text that trains best.</summary>
internal static class MixCommand
{
    internal static Command Build(TimeProvider time)
    {
        var command = new Command("mix", "Finds the mixture of text that trains best: all stages of a run up to its mixture.")
        {
            MixPlanCommand.Build(time),
            MixStatusCommand.Build(),
            MixTrialCommand.Build(time),
            MixClustersCommand.Build(),
            MixPredictorsCommand.Build(),
            MixReplayCommand.Build(),
            MixSimulateCommand.Build(),
            MixReportCommand.Build(),
        };
        return MixRunCommand.AddTo(command, time);
    }
}
