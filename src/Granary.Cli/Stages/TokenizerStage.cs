using Granary.Core.Configuration;
using Granary.Core.Runs;
using Granary.Data.Tokenization;
using Granary.Pipelines.Corpus;

namespace Granary.Cli.Stages;

/// <summary>Trains the tokenizer on the training documents, or takes the one the configuration names.</summary>
internal static class TokenizerStage
{
    internal const string Name = "tokenizer";
    private const string FileName = "tokenizer.json";

    internal static Tokenizer Run(RunContext context, CorpusManifest corpus, CancellationToken cancellationToken)
    {
        var config = context.Config.Tokenizer;
        context.View.BeginStage(Name, config.Type == TokenizerConfig.FromFile ? $"take {config.File}" : $"learn {config.VocabSize:N0} entries");
        var input = config.Type == TokenizerConfig.FromFile
            ? Convert.ToHexStringLower(Tokenizer.Load(config.File!).Hash)
            : context.RecordOf(CorpusStage.Name).OutputHash;
        var (_, wasSkipped) = StageRecord.Run(
            context.Folder.StagePath(Name),
            input,
            StageRecord.HashOf("tokenizer 1", ConfigurationFile.Write(config) + string.Join('\0', context.Config.Objective.SpecialTokens)),
            () =>
            {
                var tokenizer = Make(context, corpus, cancellationToken);
                tokenizer.Save(context.PathOf(Name, FileName));
                return new StageOutput(Convert.ToHexStringLower(tokenizer.Hash), [FileName]);
            });
        var made = Load(context);
        context.View.EndStage(Name, $"{made.VocabularySize:N0} entries", wasSkipped);
        return made;
    }

    /// <summary>The run's tokenizer.</summary>
    internal static Tokenizer Load(RunContext context)
    {
        return Tokenizer.Load(FilePath(context));
    }

    /// <summary>Where the run's tokenizer lies.</summary>
    internal static string FilePath(RunContext context)
    {
        return context.PathOf(Name, FileName);
    }

    /// <summary>Where a run's tokenizer lies below the folder of its stages.</summary>
    internal static string FilePath(string stages)
    {
        return Path.Combine(stages, Name, FileName);
    }

    private static Tokenizer Make(RunContext context, CorpusManifest corpus, CancellationToken cancellationToken)
    {
        var documents = CorpusReading.Reader(context).ReadTraining(corpus, cancellationToken: cancellationToken).Select(document => document.Text);
        return Tokenizer.Create(context.Config.Tokenizer, documents, context.Threads, context.View, cancellationToken)
            .WithSpecialTokens(context.Config.Objective.SpecialTokens);
    }
}
