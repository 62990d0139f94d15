using System.Globalization;
using Granary.Core.Configuration;
using Granary.Core.Runs;
using Granary.Data.Tokenization;
using Granary.Models.Language;
using Granary.Pipelines.Corpus;
using Granary.Training.Evaluation;

namespace Granary.Cli.Stages;

/// <summary>Measures the model on documents it has not seen, beside what xz makes of them.</summary>
internal static class EvaluateStage
{
    internal const string Name = "evaluate";

    internal static void Run(RunContext context, TrainedModel trained, long step, CancellationToken cancellationToken)
    {
        var config = context.Config.Evaluation;
        context.View.BeginStage(Name, "predict held-out documents");
        var input = StageRecord.HashOf(trained.Hash, context.RecordOf(CorpusStage.Name).OutputHash);
        var (record, wasSkipped) = StageRecord.Run(
            context.Folder.StagePath(Name), input, StageRecord.HashOf("evaluate 1", ConfigurationFile.Write(config)), () => Measure(context, trained, step, cancellationToken));
        context.View.EndStage(Name, record.OutputHash, wasSkipped);
    }

    /// <summary>The same in the middle of training, as an event only.</summary>
    internal static void Report(RunContext context, LanguageModel model, Tokenizer tokenizer, long step, IMetricSink events)
    {
        var config = context.Config.Evaluation;
        var texts = HeldOutText.Read(context, config.MaxBytes);
        if (texts.Count == 0)
        {
            return;
        }

        var result = new Evaluator(model, config.Window).Evaluate(HeldOutText.Encode(texts, tokenizer));
        Write(events, context, result, step, result.CodeBitsPerByte(tokenizer.VocabularySize), xz: null);
    }

    private static StageOutput Measure(RunContext context, TrainedModel trained, long step, CancellationToken cancellationToken)
    {
        var config = context.Config.Evaluation;
        var texts = HeldOutText.Read(context, config.MaxBytes);
        if (texts.Count == 0)
        {
            context.View.Warn("No document is held out, so the model is not measured; lower held_out_one_in of a source, or read more text.");
            return new StageOutput("nothing to measure", []);
        }

        var result = new Evaluator(trained.Model, config.Window).Evaluate(HeldOutText.Encode(texts, trained.Tokenizer), context.View, cancellationToken);
        var code = result.CodeBitsPerByte(trained.Tokenizer.VocabularySize);
        var xz = XzReference.BitsPerByte(texts);
        using var events = EventLog.Open(context.Folder.EventsPath, context.Time);

        // A run that was killed between this event and the stage's record measures, and reports, again.
        events.RemoveWhere(earlier => earlier.Kind == "evaluation" && earlier.Step == step);
        Write(events, context, result, step, code, xz);
        return new StageOutput(Summary(result, code, xz), []);
    }

    private static void Write(IMetricSink events, RunContext context, EvaluationResult result, long step, double code, double? xz)
    {
        var numbers = new Dictionary<string, double>
        {
            ["documents"] = result.Documents,
            ["tokens"] = result.Tokens,
            ["loss"] = result.Loss,
            ["bits_per_byte"] = result.BitsPerByte,
            ["code_bits_per_byte"] = code,
        };
        if (xz is { } yardstick)
        {
            numbers["xz_bits_per_byte"] = yardstick;
        }

        var reported = new RunEvent { Kind = "evaluation", Step = step, Numbers = numbers };
        events.Write(reported);
        context.View.Write(reported);
    }

    private static string Summary(EvaluationResult result, double code, double? xz)
    {
        var text = string.Create(
            CultureInfo.InvariantCulture,
            $"loss {result.Loss:F3} nats a token, {code:F3} bits a byte over {result.Documents:N0} documents ({result.Bytes / 1e6:F2} MB)");
        return xz switch
        {
            null => text + "; xz is not installed, so there is no yardstick",
            { } yardstick when code < yardstick => text + string.Create(CultureInfo.InvariantCulture, $"; `xz -9` of the same text needs {yardstick:F3}, {(yardstick / code) - 1:P0} more"),
            { } yardstick => text + string.Create(CultureInfo.InvariantCulture, $"; `xz -9` of the same text needs {yardstick:F3}, so this model does not beat it: it needs {(code / yardstick) - 1:P0} more"),
        };
    }
}
