using System.CommandLine;
using System.Text.Json.Nodes;
using Granary.Cli.Stages;
using Granary.Cli.Terminal;
using Granary.Core;
using Granary.Core.Files;
using Granary.Data.Retrieval;
using Granary.Pipelines.Corpus;
using Granary.Training.Evaluation.Retrieval;

namespace Granary.Cli.Commands;

/// <summary>`granary eval --long`: what a model finds in its context, by length and place, and which facts it knows in which direction.</summary>
internal static class LongEvaluation
{
    internal static int Run(TrainedModel trained, LongEvaluationOptions options, ParseResult arguments, bool isJson, TimeProvider time)
    {
        // The world of training, where there was one: its facts are what the model can know by heart.
        var source = trained.Run?.Corpus.Sources.OfType<RetrievalSourceConfig>().FirstOrDefault();
        var plan = options.Plan(arguments, trained.Model.Spec.MaxPositionEmbeddings, knowsFacts: source is { Shares.Reversal: > 0 });
        var evaluator = new RetrievalEvaluator(trained.Model, trained.Tokenizer, new RetrievalWorld(source?.World ?? new()), Filler(options.Filler(arguments)));
        using var interruption = new Interruption();
        using var view = isJson ? null : RunViews.Open(isJson: false, time);
        var results = evaluator.Evaluate(plan, view, interruption.Token);
        view?.Dispose();
        Print(plan, results, isJson, knowsWorld: source is not null);
        if (options.Plot(arguments) is { } path)
        {
            AtomicFile.Write(path, stream => stream.Write(RetrievalPlot.Draw(results)));
            Console.Error.WriteLine($"drawn in {path}");
        }

        return ExitCodes.Done;
    }

    private static IFiller Filler(string? path)
    {
        try
        {
            return path is null ? new GeneratedFiller() : new DocumentFiller(HeldOutText.ReadLines(EvalCommand.ExistingFile(path)));
        }
        catch (ArgumentException exception)
        {
            throw new CorpusException(path!, exception.Message, inner: exception);
        }
    }

    private static void Print(RetrievalPlan plan, IReadOnlyList<RetrievalCellResult> results, bool isJson, bool knowsWorld)
    {
        if (isJson)
        {
            Console.Out.WriteLine(ToJson(plan, results, knowsWorld).ToJsonString());
            return;
        }

        foreach (var line in RetrievalTable.Lines(results))
        {
            Console.Out.WriteLine(line);
        }

        if (!knowsWorld)
        {
            Console.Out.WriteLine("The model's run has no source of type 'retrieval', so nothing taught it to answer such questions; see docs/long-context.md.");
        }
    }

    private static JsonObject ToJson(RetrievalPlan plan, IReadOnlyList<RetrievalCellResult> results, bool knowsWorld)
    {
        return new JsonObject
        {
            ["seed"] = plan.Seed,
            ["is_trained_world"] = knowsWorld,
            ["pairs"] = plan.Pairs,
            ["cells"] = new JsonArray([.. results.Select(ToJson)]),
        };
    }

    private static JsonObject ToJson(RetrievalCellResult result)
    {
        var (exact, best) = (BinomialInterval.Of(result.Exact, result.Items), BinomialInterval.Of(result.Best, result.Items));
        return new JsonObject
        {
            ["task"] = result.Cell.Task,
            ["variant"] = result.Cell.Variant,
            ["length"] = result.Cell.Length,
            ["depth"] = result.Cell.Depth,
            ["items"] = result.Items,
            ["accuracy"] = (double)result.Exact / result.Items,
            ["accuracy_interval"] = new JsonArray(exact.Low, exact.High),
            ["ranking_accuracy"] = (double)result.Best / result.Items,
            ["ranking_interval"] = new JsonArray(best.Low, best.High),
            ["candidates"] = result.Candidates,
            ["mean_rank"] = result.MeanRank,
            ["nats"] = result.Nats,
            ["prompt_tokens"] = result.PromptTokens,
        };
    }
}
