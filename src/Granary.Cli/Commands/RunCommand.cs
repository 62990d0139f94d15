using System.CommandLine;
using Granary.Cli.Ranks;
using Granary.Cli.Stages;

namespace Granary.Cli.Commands;

/// <summary>`granary run CONFIG`: the whole way, stage by stage.</summary>
internal static class RunCommand
{
    internal static Command Build(TimeProvider time)
    {
        var command = new Command("run", "Reads, tokenizes, decomposes, trains, evaluates, samples and exports; unchanged stages are skipped. With --ranks several processes train together.");
        var options = new RunOptions().AddTo(command);
        var run = new RankedRun(options, command, time);
        command.SetAction(arguments => run.Run(arguments, (context, cancellationToken) =>
        {
            var isComplete = RunPipeline.Run(context, cancellationToken);
            if (isComplete)
            {
                Farewell(context, arguments.GetRequiredValue(options.Runs));
            }

            return isComplete;
        }));
        return command;
    }

    private static void Farewell(RunContext context, string runs)
    {
        var folder = Path.GetRelativePath(Environment.CurrentDirectory, context.Folder.Path);
        if (!context.Config.Objective.ReadsLeftToRight)
        {
            context.View.Say($"everything is in {folder}: config.yaml, events.jsonl, checkpoints/");
            return;
        }

        context.View.Say($"everything is in {folder}: config.yaml, events.jsonl, checkpoints/, export/huggingface{(context.Config.Sample.Prompts.Count > 0 ? ", samples.txt" : string.Empty)}");
        context.View.Say($"try next: granary sample --model {folder} --prompt \"The\" --tokens 100");
        context.View.Say($"          granary run {folder}/config.yaml{RunOptions.InFolder(runs)} --set name=longer --set training.time_budget=10m");
    }
}
