using System.CommandLine;
using Granary.Cli.Cluster;
using Granary.Cli.Stages;
using Granary.Core.Runs;
using Granary.Pipelines.Corpus.Splits;

namespace Granary.Cli.Commands;

/// <summary>`granary decompose share --share I --of N`: tokenizes every Nth split of a run's corpus, as one task of an array.</summary>
internal static class DecomposeShareCommand
{
    internal static Command Build(TimeProvider time)
    {
        var command = new Command("share", "Tokenizes one task's share of a run's splits.") { Hidden = true };
        var run = new Option<string>("--run") { Description = "The run's folder.", Required = true };
        var share = new Option<int>("--share") { Description = "The task's number, from 0.", Required = true };
        var of = new Option<int>("--of") { Description = "How many tasks there are.", Required = true };
        ThreadsOption.RequirePositive(of);
        command.Options.Add(run);
        command.Options.Add(share);
        command.Options.Add(of);
        command.SetAction(arguments => Guard.Run(() =>
        {
            using var interruption = new Interruption(isQuiet: true);
            Write(RunFolder.At(arguments.GetRequiredValue(run)), arguments.GetValue(share), arguments.GetValue(of), time, interruption.Token);
            return ExitCodes.Done;
        }));
        return command;
    }

    private static void Write(RunFolder run, int share, int of, TimeProvider time, CancellationToken cancellationToken)
    {
        var folder = ClusterSplits.FolderOf(run);
        var splits = SplitTable.Load(Path.Combine(folder, SplitTable.FileName)).Splits.Count;
        for (var split = share; split < splits; split += of)
        {
            // A file is there whole or not at all, so a task that is started again goes on behind the last one.
            var path = SharedSplits.PathOf(folder, split);
            if (!File.Exists(path))
            {
                DecomposeTokensCommand.Write(run, split, path, time, cancellationToken);
                Console.Out.WriteLine($"split {split} of {splits} is tokenized");
            }
        }
    }
}
