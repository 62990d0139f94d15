using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Granary.Cli.Benchmarks;
using Granary.Cli.Stages;
using Granary.Core.Configuration;
using Granary.Core.Randomness;
using Granary.Models;
using Granary.Models.Decoder;
using Granary.Models.Generation;
using Granary.Models.Generation.Drafting;
using Granary.Torch;

namespace Granary.Cli.Commands;

/// <summary>`granary bench decode`: how fast text is written here, against the memory and with guesses against without.</summary>
internal static class BenchDecodeCommand
{
    private const int WarmupTokens = 32;
    private const int RandomPrompt = 32;

    internal static Command Build(TimeProvider time)
    {
        var command = new Command("decode", "Times writing text, in turns with reading the weights and with guesses.");
        var model = new Option<string>("--model") { Description = "A run, a checkpoint or a Hugging Face folder." };
        var preset = new Option<string>("--preset") { Description = "Or a preset with random weights." }.AcceptOnlyFromAmong([.. ModelPresets.Names]);
        var prompt = new Option<string[]>("--prompt") { Description = "A beginning; several take turns. Default: of --model the end-of-text token, of --preset random ids.", DefaultValueFactory = _ => [] };
        var tokens = new Option<int>("--tokens") { Description = "Tokens of a text.", DefaultValueFactory = _ => 128 };
        var rounds = new Option<int>("--rounds") { Description = "Timed rounds.", DefaultValueFactory = _ => 5 };
        var temperature = new Option<double>("--temperature") { Description = "Logits are divided by this; 0: always the likeliest token.", DefaultValueFactory = _ => 0 };
        var drafter = DraftOption.Create("--drafter");
        var threads = ThreadsOption.Create();
        var json = new Option<bool>("--json") { Description = "One JSON object." };
        foreach (var option in (Option[])[model, preset, prompt, tokens, rounds, temperature, drafter, threads, json])
        {
            command.Options.Add(option);
        }

        ThreadsOption.RequirePositive(tokens);
        ThreadsOption.RequirePositive(rounds);
        command.Validators.Add(result =>
        {
            if (result.GetResult(model) is null == result.GetResult(preset) is null)
            {
                result.AddError("'bench decode' takes either --model or --preset; give one of them.");
            }
        });
        command.SetAction(arguments => Guard.Run(() =>
        {
            torch.set_num_threads(arguments.GetValue(threads));
            var isDrawn = arguments.GetValue(temperature) > 0;
            var config = new GenerationConfig { MaxNewTokens = arguments.GetValue(tokens), DoSample = isDrawn, Temperature = isDrawn ? arguments.GetValue(temperature) : 1 };
            var errors = new ConfigurationErrors();
            config.Validate("decode", errors);
            errors.ThrowIfAny("bench decode");
            var method = DraftOption.Method(arguments.GetRequiredValue(drafter));
            if (arguments.GetValue(model) is { } folder)
            {
                using var trained = TrainedModel.Open(folder);
                var ends = trained.Tokenizer.EndOfTextId is { } end ? [[end]] : (int[][])[[0]];
                var prompts = arguments.GetRequiredValue(prompt).Select(text => trained.Tokenizer.Encode(text)).ToArray();
                Measure(trained.Decoder("decode"), prompts.Length > 0 ? prompts : ends, config, method, arguments.GetValue(rounds), time, arguments.GetValue(json));
                return ExitCodes.Done;
            }

            var spec = ModelPresets.Named(arguments.GetValue(preset)!);
            using var random = new DecoderModel(spec.ToSpec(spec.VocabSize), RandomKey.FromSeed(1), ModelBuilder.Kernels(areFused: true));
            int[] ids = [.. Enumerable.Range(0, RandomPrompt).Select(place => (int)RandomKey.FromSeed(2).BelowAt(place, spec.VocabSize))];
            Measure(random, [ids], config, method, arguments.GetValue(rounds), time, arguments.GetValue(json));
            return ExitCodes.Done;
        }));
        return command;
    }

    private static void Measure(DecoderModel model, int[][] prompts, GenerationConfig config, DraftMethod method, int rounds, TimeProvider time, bool isJson)
    {
        _ = new DecodeBenchmark(model, config with { MaxNewTokens = WarmupTokens }, method, time).Run(prompts, rounds: 1).Count();
        var benchmark = new DecodeBenchmark(model, config, method, time);
        var results = benchmark.Run(prompts, rounds).ToList();
        var summary = new JsonObject
        {
            ["parameters"] = model.Spec.ParameterCount(),
            ["weight_bytes"] = (double)benchmark.WeightBytes,
            ["threads"] = torch.get_num_threads(),
        };
        foreach (var name in results[0].Select(entry => entry.Key).Where(name => name is not ("round" or "is_equal")))
        {
            summary[name] = Median.Of([.. results.Select(result => result[name]!.GetValue<double>())]);
        }

        if (method != DraftMethod.None)
        {
            summary["is_equal"] = results.All(result => result["is_equal"]!.GetValue<bool>());
        }

        summary["rounds"] = new JsonArray([.. results]);
        Console.Out.WriteLine(isJson ? summary.ToJsonString() : Sentence(summary));
    }

    private static string Sentence(JsonObject summary)
    {
        double Number(string name) => summary[name]?.GetValue<double>() ?? 0;

        var plain = string.Create(
            CultureInfo.InvariantCulture,
            $"{Number("plain_tokens_per_second"):F1} tokens/s, {Number("plain_over_read"):F2} times as long as reading the {Number("weight_bytes") / 1e6:F0} MB of weights ({Number("read_bytes_per_second") / 1e9:F1} GB/s)");
        return summary["speedup"] is null
            ? plain
            : string.Create(CultureInfo.InvariantCulture, $"{plain}\n{Number("tokens_per_second"):F1} tokens/s with guesses, {Number("accepted_length"):F2} a call: {Number("speedup"):F2} times as fast, the same text: {summary["is_equal"]}");
    }
}
