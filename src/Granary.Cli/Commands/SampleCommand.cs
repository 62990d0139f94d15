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
        var seed = new Option<long>("--seed") { Description = "Where the random numbers begin.", DefaultValueFactory = _ => 1 };
        var threads = ThreadsOption.Create();
        var json = new Option<bool>("--json") { Description = "One JSON object." };
        foreach (var option in (Option[])[model, prompt, tokens, greedy, temperature, topK, topP, penalty, seed, threads, json])
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
            errors.ThrowIfAny("sample");
            torch.set_num_threads(arguments.GetValue(threads));
            using var trained = TrainedModel.Open(arguments.GetRequiredValue(model));
            using var interruption = new Interruption();
            Write(trained, arguments.GetRequiredValue(prompt), config, RandomKey.FromSeed(arguments.GetValue(seed)), arguments.GetValue(json), time, interruption.Token);
            return ExitCodes.Done;
        }));
        return command;
    }

    private static void Write(TrainedModel trained, string prompt, GenerationConfig config, RandomKey key, bool isJson, TimeProvider time, CancellationToken cancellationToken)
    {
        var stops = trained.Tokenizer.EndOfTextId is { } end ? config with { StopTokenIds = [end] } : config;
        var decoder = trained.Tokenizer.CreateStreamDecoder();
        var ids = new List<int>();
        var text = new StringBuilder(prompt);
        var begin = time.GetTimestamp();
        Show(prompt, isJson);
        foreach (var id in SampleStage.Generate(trained.Decoder(SampleStage.Name), trained.Tokenizer, prompt, stops, key, cancellationToken))
        {
            ids.Add(id);
            var piece = decoder.Add(id);
            text.Append(piece);
            Show(piece, isJson);
        }

        var rest = decoder.Finish();
        text.Append(rest);
        Show(rest, isJson);
        var perSecond = ids.Count / time.GetElapsedTime(begin).TotalSeconds;
        if (!isJson)
        {
            Console.Out.WriteLine();
            Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{ids.Count} tokens, {perSecond:F1} a second"));
            return;
        }

        Console.Out.WriteLine(new JsonObject
        {
            ["ids"] = new JsonArray([.. ids.Select(id => (JsonNode)id)]),
            ["text"] = text.ToString(),
            ["tokens_per_second"] = perSecond,
            ["accepted_length"] = 1.0,
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
