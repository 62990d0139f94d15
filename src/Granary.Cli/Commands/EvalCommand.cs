using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Granary.Cli.Stages;
using Granary.Cli.Terminal;
using Granary.Core;
using Granary.Core.Configuration;
using Granary.Torch;
using Granary.Training.Evaluation;

namespace Granary.Cli.Commands;

/// <summary>`granary eval`: a model's loss on a file of text, or with --long what it finds in its context.</summary>
internal static class EvalCommand
{
    internal static Command Build(TimeProvider time)
    {
        var command = new Command("eval", "Measures a model's loss on a text, in consecutive windows that each predict their next ids; or with --long what it finds in its context.");
        var model = new Option<string>("--model") { Description = "A run, a checkpoint or a Hugging Face folder.", Required = true };
        var input = new Option<string?>("--input") { Description = "The text: one document, or with --jsonl one a line. Needed without --long." };
        var jsonLines = new Option<bool>("--jsonl") { Description = "The input is JSON lines, each a document in its field 'text'." };
        var window = new Option<int>("--window") { Description = "Inputs of a window. Default: the longest the model takes." };
        var bands = new Option<int[]>("--bands") { Description = "Positions that end a band of the window, whose loss is told apart: 64 256.", AllowMultipleArgumentsPerToken = true };
        var threads = ThreadsOption.Create();
        var device = DeviceOption.Create();
        var json = new Option<bool>("--json") { Description = "One JSON object." };
        command.Options.Add(model);
        command.Options.Add(input);
        command.Options.Add(jsonLines);
        command.Options.Add(window);
        command.Options.Add(bands);
        command.Options.Add(threads);
        command.Options.Add(device);
        command.Options.Add(json);
        var longOptions = new LongEvaluationOptions();
        longOptions.AddTo(command);
        command.SetAction(arguments => Guard.Run(() =>
        {
            var path = CheckedInput(arguments.GetValue(input), longOptions.IsAsked(arguments));
            torch.set_num_threads(arguments.GetValue(threads));
            DeviceChoice.Use(arguments.GetRequiredValue(device), DeviceOption.Name);
            using var trained = TrainedModel.Open(arguments.GetRequiredValue(model));
            trained.RequireLeftToRight("eval");
            if (path is null)
            {
                return LongEvaluation.Run(trained, longOptions, arguments, arguments.GetValue(json), time);
            }

            var texts = arguments.GetValue(jsonLines) ? HeldOutText.ReadLines(ExistingFile(path)) : [File.ReadAllBytes(ExistingFile(path))];
            using var interruption = new Interruption();
            using var view = arguments.GetValue(json) ? null : RunViews.Open(isJson: false, time);
            var evaluator = new Evaluator(trained.Model, CheckedWindow(arguments.GetValue(window), trained.Model.Spec.MaxPositionEmbeddings), CheckedBands(arguments.GetValue(bands) ?? []));
            var result = evaluator.Evaluate(HeldOutText.Encode(texts, trained.Tokenizer), view, interruption.Token);
            if (result.Tokens == 0)
            {
                throw new CorpusException(path, "No text has two tokens or more, so there is nothing to predict. Give a longer one.");
            }

            view?.Dispose();
            Print(result, arguments.GetValue(json));
            return ExitCodes.Done;
        }));
        return command;
    }

    /// <summary>The text's path; null where none is needed.</summary>
    private static string? CheckedInput(string? path, bool isLong)
    {
        return (path, isLong) switch
        {
            (null, false) => throw new ConfigurationException("eval", ["'--input' is missing. Name the text to measure, or ask for --long, which needs none."]),
            ({ } given, true) => throw new ConfigurationException("eval", [$"'--input' is '{given}' but --long writes its own questions. Leave one of the two out; '--filler' takes documents for its contexts."]),
            _ => path,
        };
    }

    private static int CheckedWindow(int window, int longest)
    {
        return window >= 0 && window <= longest
            ? window
            : throw new ConfigurationException("eval", [$"'--window' is '{window}' but must be from 1 to {longest}, the longest the model takes."]);
    }

    private static int[] CheckedBands(int[] ends)
    {
        return ends.All(end => end > 0)
            ? ends
            : throw new ConfigurationException("eval", [$"'--bands' is '{string.Join(' ', ends)}' but must be positions of 1 or more."]);
    }

    internal static string ExistingFile(string path)
    {
        if (Directory.Exists(path))
        {
            throw new CorpusException(path, "This is a folder, but a text file is needed. Name a file.");
        }

        return File.Exists(path) ? path : throw new CorpusException(path, "There is no such file.");
    }

    private static void Print(EvaluationResult result, bool isJson)
    {
        if (isJson)
        {
            Console.Out.WriteLine(new JsonObject
            {
                ["tokens"] = result.Tokens,
                ["loss"] = result.Loss,
                ["bits_per_byte"] = result.BitsPerByte,
                ["bytes"] = result.Bytes,
                ["documents"] = result.Documents,
                ["bands"] = new JsonArray([.. result.Bands.Select(ToJson)]),
            }.ToJsonString());
            return;
        }

        Console.Out.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{result.Tokens:N0} tokens, {result.Bytes:N0} bytes: loss {result.Loss:F4} nats a token (perplexity {Math.Exp(result.Loss):F2}), {result.BitsPerByte:F4} bits a byte"));

        if (result.Bands.Count > 1)
        {
            foreach (var band in result.Bands)
            {
                Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"positions {band.From:N0} to {band.To - 1:N0}: {band.Tokens:N0} tokens, loss {band.Loss:F4}"));
            }
        }
    }

    private static JsonObject ToJson(EvaluationBand band)
    {
        return new JsonObject
        {
            ["from"] = band.From,
            ["to"] = band.To,
            ["tokens"] = band.Tokens,
            ["loss"] = band.Tokens == 0 ? null : band.Loss,
        };
    }
}
