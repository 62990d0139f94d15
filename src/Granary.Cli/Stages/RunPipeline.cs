
namespace Granary.Cli.Stages;

/// <summary>The whole way, stage by stage. A stage whose inputs and configuration are unchanged is skipped.</summary>
internal static class RunPipeline
{
    /// <summary>Runs all stages; false when training was interrupted and can go on.</summary>
    internal static bool Run(RunContext context, CancellationToken cancellationToken)
    {
        var corpus = CorpusReading.Run(context, cancellationToken);
        var tokenizer = TokenizerStage.Run(context, corpus, cancellationToken);
        SampleStage.Check(context.Config, tokenizer);
        var shards = DecomposeStage.Run(context, corpus, tokenizer, cancellationToken);
        var outcome = TrainStage.Run(context, tokenizer, shards, cancellationToken);
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
}
