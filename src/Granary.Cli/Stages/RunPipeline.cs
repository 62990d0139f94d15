using Granary.Cli.Mixtures;
using Granary.Data.Shards;
using Granary.Data.Tokenization;

namespace Granary.Cli.Stages;

/// <summary>The whole way, stage by stage. A stage whose inputs and configuration are unchanged is skipped.</summary>
internal static class RunPipeline
{
    /// <summary>Runs all stages; false when training was interrupted and can go on.</summary>
    internal static bool Run(RunContext context, CancellationToken cancellationToken)
    {
        var (ready, tokenizer, shards) = Prepare(context, cancellationToken);
        var outcome = TrainStage.Run(ready, tokenizer, shards, cancellationToken);
        if (!outcome.IsComplete)
        {
            return false;
        }

        using var trained = TrainedModel.Load(context, tokenizer);
        EvaluateStage.Run(context, trained, outcome.State.Step, cancellationToken);
        if (!context.Config.Objective.ReadsLeftToRight)
        {
            context.View.Say($"sample and export are left out: a model of '{context.Config.Objective.TypeName}' fills hidden positions, which no Hugging Face model of ours does, and writes no text from left to right");
            return true;
        }

        SampleStage.Run(context, trained, cancellationToken);
        ExportStage.Run(context, trained);
        return true;
    }

    /// <summary>Runs all stages before training; gives the run as it is trained, mixture included.</summary>
    internal static (RunContext Ready, Tokenizer Tokenizer, ShardManifest Shards) Prepare(RunContext context, CancellationToken cancellationToken)
    {
        // Before anything is prepared for it.
        DeviceChoice.Check(context.Config.Training, context.RanksToStart);
        var corpus = CorpusReading.Run(context, cancellationToken);
        var tokenizer = TokenizerStage.Run(context, corpus, cancellationToken);
        SampleStage.Check(context.Config, tokenizer);
        var clustered = ClusterReading.Run(context, corpus, cancellationToken);
        var shards = DecomposeStage.Run(clustered, corpus, tokenizer, cancellationToken);
        return (MixStage.Run(clustered, tokenizer, shards, cancellationToken), tokenizer, shards);
    }
}
