using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Granary.Cli.Stages;
using Granary.Core.Configuration;
using Granary.Core.Randomness;
using Granary.Models.Generation;
using Granary.Torch;

namespace Granary.Cli.Commands;

/// <summary>`granary sample`: lets a model go on from a prompt.</summary>
internal static class SampleCommand
{
    internal static Command Build(TimeProvider time)
    {
        var command = new Command("sample", "Writes text behind a prompt.");
        var model = new Option<string>("--model") { Description = "A run, a checkpoint or a Hugging Face folder.", Required = true };
        var prompt = new Option<string>("--prompt") { Description = "The beginning.", Required = true };
        var tokens = new Option<int>("--tokens") { Description = "Tokens to write.", DefaultValueFactory = _ => 100 };
        var greedy = new Option<bool>("--greedy") { Description = "Always the likeliest token." };
        var temperature = new Option<double>("--temperature") { Description = "Logits are divided by this.", DefaultValueFactory = _ => 0.7 };
        var topK = new Option<int>("--top-k") { Description = "Draw from so many of the likeliest; 0: all.", DefaultValueFactory = _ => 50 };
        var topP = new Option<double>("--top-p") { Description = "Draw from the likeliest that make up this probability.", DefaultValueFactory = _ => 1 };
        var penalty = new Option<double>("--repetition-penalty") { Description = "Above 1: tokens that were used become less likely.", DefaultValueFactory = _ => 1 };
        var stop = new Option<string[]>("--stop") { Description = "Ends the text before this text; may be given several times.", DefaultValueFactory = _ => [] };
        var draft = DraftOption.Create("--draft");
        var seed = new Option<long>("--seed") { Description = "Where the random numbers begin.", DefaultValueFactory = _ => 1 };
        var threads = ThreadsOption.Create();
        var device = DeviceOption.Create();
        var json = new Option<bool>("--json") { Description = "One JSON object." };
        foreach (var option in (Option[])[model, prompt, tokens, greedy, temperature, topK, topP, penalty, stop, draft, seed, threads, device, json])
        {
            command.Options.Add(option);
        }

        command.SetAction(arguments => Guard.Run(() =>
        {
            var config = new GenerationConfig
            {
                MaxNewTokens = arguments.GetValue(tokens),
                DoSample = !arguments.GetValue(greedy),
                Temperature = arguments.GetValue(temperature),
                TopK = arguments.GetValue(topK),
                TopP = arguments.GetValue(topP),
                RepetitionPenalty = arguments.GetValue(penalty),
            };
            var errors = new ConfigurationErrors();
            config.Validate("sample", errors);
            torch.set_num_threads(arguments.GetValue(threads));
            var stops = arguments.GetRequiredValue(stop);
            errors.Require(stops.All(text => text.Length > 0), "sample.stop", string.Empty, "one character or more");
            errors.ThrowIfAny("sample");
            DeviceChoice.Use(arguments.GetRequiredValue(device), DeviceOption.Name);
            using var trained = TrainedModel.Open(arguments.GetRequiredValue(model));
            using var interruption = new Interruption();
            var writer = new PromptWriter(trained.Decoder(SampleStage.Name), trained.Tokenizer, config, stops, DraftOption.Method(arguments.GetRequiredValue(draft)), time);
            Write(writer, arguments.GetRequiredValue(prompt), RandomKey.FromSeed(arguments.GetValue(seed)), arguments.GetValue(json), interruption.Token);
            return ExitCodes.Done;
        }));
        return command;
    }

    private static void Write(PromptWriter writer, string prompt, RandomKey key, bool isJson, CancellationToken cancellationToken)
    {
        var ids = new List<int>();
        var text = new StringBuilder(prompt);
        Show(prompt, isJson);
        foreach (var piece in writer.Write(prompt, key, ids, cancellationToken))
        {
            text.Append(piece);
            Show(piece, isJson);
        }

        var tally = writer.Tally;
        if (!isJson)
        {
            Console.Out.WriteLine();
            Console.Error.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{ids.Count} tokens, {tally.TokensPerSecond:F1} a second, {tally.AcceptedLength:F2} a model call, {tally.Speedup:F2} times as fast as one a call"));
            return;
        }

        Console.Out.WriteLine(new JsonObject
        {
            ["ids"] = new JsonArray([.. ids.Select(id => (JsonNode)id)]),
            ["text"] = text.ToString(),
            ["tokens_per_second"] = tally.TokensPerSecond,
            ["accepted_length"] = tally.AcceptedLength,
            ["speedup"] = tally.Speedup,
        }.ToJsonString());
    }

    private static void Show(string text, bool isJson)
    {
        if (!isJson)
        {
            Console.Out.Write(text);
        }
    }
}
