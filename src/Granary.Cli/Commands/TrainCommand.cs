using System.CommandLine;
using Granary.Cli.Ranks;
using Granary.Cli.Stages;

namespace Granary.Cli.Commands;

/// <summary>`granary train CONFIG`: everything up to the trained model.</summary>
internal static class TrainCommand
{
    internal static Command Build(TimeProvider time)
    {
        var command = new Command("train", "Trains a run's model, after the stages it needs; goes on from the newest checkpoint. With --ranks several processes train together.");
        var run = new RankedRun(new RunOptions().AddTo(command), command, time);
        command.SetAction(arguments => run.Run(arguments, (context, cancellationToken) =>
        {
            var (ready, tokenizer, shards) = RunPipeline.Prepare(context, cancellationToken);
            return TrainStage.Run(ready, tokenizer, shards, cancellationToken).IsComplete;
        }));
        return command;
    }
}
