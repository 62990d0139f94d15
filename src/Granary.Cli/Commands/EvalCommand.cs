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

/// <summary>`granary eval`: a model's loss on a file of text.</summary>
internal static class EvalCommand
{
    internal static Command Build(TimeProvider time)
    {
        var command = new Command("eval", "Measures a model's loss on a text: consecutive windows, each predicting its next ids.");
        var model = new Option<string>("--model") { Description = "A run, a checkpoint or a Hugging Face folder.", Required = true };
        var input = new Option<string>("--input") { Description = "The text, one document.", Required = true };
        var window = new Option<int>("--window") { Description = "Inputs of a window. Default: the longest the model takes." };
        var threads = ThreadsOption.Create();
        var json = new Option<bool>("--json") { Description = "One JSON object." };
        command.Options.Add(model);
        command.Options.Add(input);
        command.Options.Add(window);
        command.Options.Add(threads);
        command.Options.Add(json);
        command.SetAction(arguments => Guard.Run(() =>
        {
            torch.set_num_threads(arguments.GetValue(threads));
            using var trained = TrainedModel.Open(arguments.GetRequiredValue(model));
            var path = arguments.GetRequiredValue(input);
            var text = ReadText(path);
            using var interruption = new Interruption();
            using var view = arguments.GetValue(json) ? null : RunViews.Open(isJson: false, time);
            var evaluator = new Evaluator(trained.Model, CheckedWindow(arguments.GetValue(window), trained.Model.Spec.MaxPositionEmbeddings));
            var result = evaluator.Evaluate(HeldOutText.Encode([text], trained.Tokenizer), view, interruption.Token);
            if (result.Tokens == 0)
            {
                throw new CorpusException(path, "The text has fewer than two tokens, so there is nothing to predict. Give a longer one.");
            }

            view?.Dispose();
            Print(result, arguments.GetValue(json));
            return ExitCodes.Done;
        }));
        return command;
    }

    private static int CheckedWindow(int window, int longest)
    {
        return window >= 0 && window <= longest
            ? window
            : throw new ConfigurationException("eval", [$"'--window' is '{window}' but must be from 1 to {longest}, the longest the model takes."]);
    }

    private static byte[] ReadText(string path)
    {
        if (Directory.Exists(path))
        {
            throw new CorpusException(path, "This is a folder, but a text file is needed. Name a file.");
        }

        return File.Exists(path) ? File.ReadAllBytes(path) : throw new CorpusException(path, "There is no such file.");
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
            }.ToJsonString());
            return;
        }

        Console.Out.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{result.Tokens:N0} tokens, {result.Bytes:N0} bytes: loss {result.Loss:F4} nats a token (perplexity {Math.Exp(result.Loss):F2}), {result.BitsPerByte:F4} bits a byte"));
    }
}
