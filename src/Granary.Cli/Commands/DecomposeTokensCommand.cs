using System.CommandLine;
using Granary.Cli.Cluster;
using Granary.Cli.Stages;
using Granary.Core.Configuration;
using Granary.Core.Files;
using Granary.Core.Runs;
using Granary.Data.Tokenization;
using Granary.Pipelines.Corpus;
using Granary.Pipelines.Corpus.Splits;

namespace Granary.Cli.Commands;

/// <summary>`granary decompose tokens`: tokenizes one split of a run's corpus, as a cluster's workers are asked to.</summary>
internal static class DecomposeTokensCommand
{
    internal static Command Build(TimeProvider time)
    {
        // What a run hands to the workers of a cluster; by hand it repeats one split, to look into it.
        var command = new Command("tokens", "Tokenizes one split of a run's corpus into a file of ids.") { Hidden = true };
        var run = new Option<string>("--run") { Description = "The run's folder.", Required = true };
        var split = new Option<int>("--split") { Description = "The split's number.", Required = true };
        var output = new Option<string>("--output") { Description = "The file to write.", Required = true };
        command.Options.Add(run);
        command.Options.Add(split);
        command.Options.Add(output);
        command.SetAction(arguments => Guard.Run(() =>
        {
            using var interruption = new Interruption(isQuiet: true);
            Write(RunFolder.At(arguments.GetRequiredValue(run)), arguments.GetValue(split), Path.GetFullPath(arguments.GetRequiredValue(output)), time, interruption.Token);
            return ExitCodes.Done;
        }));
        return command;
    }

    private static void Write(RunFolder folder, int number, string output, TimeProvider time, CancellationToken cancellationToken)
    {
        var config = ConfigurationFile.Load<RunConfig>(folder.ConfigPath, []);
        var path = Path.Combine(ClusterSplits.FolderOf(folder), SplitTable.FileName);
        var table = SplitTable.Load(path);
        if (number < 0 || number >= table.Splits.Count)
        {
            throw new ConfigurationException("--split", [$"'--split' is '{number}' but must be from 0 to {table.Splits.Count - 1}: '{path}' has {table.Splits.Count} splits."]);
        }

        var corpus = CorpusManifest.Load(Path.Combine(folder.StagePath(CorpusStage.Name), CorpusManifest.FileName));
        var tokenizer = Tokenizer.Load(TokenizerStage.FilePath(Path.GetDirectoryName(folder.StagePath(TokenizerStage.Name))!));
        var reader = CorpusReading.Reader(config.Corpus, time, threads: 1, folder.StagePath(CorpusStage.Name));
        var header = TokenSplitHeader.Of(table.Identity, number, tokenizer.VocabularySize);
        var encoder = new DocumentEncoder(tokenizer);
        AtomicFile.Write(output, stream => reader.WriteTokens(corpus, table.Splits[number], header, encoder.Encode, stream, cancellationToken));
    }
}
