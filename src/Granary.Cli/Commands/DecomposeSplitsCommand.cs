using System.CommandLine;
using Granary.Cli.Stages;

namespace Granary.Cli.Commands;

/// <summary>`granary decompose splits CONFIG`: all stages before tokenizing, and how the corpus falls into splits for the tasks of an array.</summary>
internal static class DecomposeSplitsCommand
{
    internal static Command Build(TimeProvider time)
    {
        var command = new Command("splits", "Splits a run's corpus for tasks that tokenize it side by side.") { Hidden = true };
        var options = new RunOptions().AddTo(command);
        command.SetAction(arguments => options.Run(arguments, time, (context, cancellationToken) =>
        {
            var corpus = CorpusReading.Run(context, cancellationToken);
            var tokenizer = TokenizerStage.Run(context, corpus, cancellationToken);
            context.View.Say($"{SharedSplits.Plan(context, corpus, tokenizer):N0} splits");
            return true;
        }));
        return command;
    }
}
