using System.CommandLine;
using System.Globalization;
using System.Numerics;
using System.Text.Json.Nodes;
using Granary.Cli.Benchmarks;
using Granary.Cli.Stages;
using Granary.Core.Configuration;
using Granary.Core.Randomness;
using Granary.Models;
using Granary.Models.Decoder;
using Granary.Torch;
using Granary.Training;
using Granary.Training.Optimizers;

namespace Granary.Cli.Commands;

/// <summary>`granary bench batching`: what a token costs with each batching type.</summary>
internal static class BenchBatchingCommand
{
    internal static Command Build(TimeProvider time)
    {
        var command = new Command("batching", "Times training steps of every batching type on the same synthetic documents, in turn.");
        var preset = new Option<string>("--preset") { Description = "The model.", DefaultValueFactory = _ => "dd-128x4" }.AcceptOnlyFromAmong([.. ModelPresets.Names]);
        var length = new Option<int>("--length") { Description = "Tokens of the longest row, a power of two.", DefaultValueFactory = _ => 8_192 };
        var min = new Option<int>("--min") { Description = "Exponent of the shortest piece.", DefaultValueFactory = _ => 8 };
        var tokensPerStep = new Option<int>("--tokens-per-step") { Description = "Tokens of a step. Default: the length." };
        var tokens = new Option<int>("--tokens") { Description = "Tokens of the documents.", DefaultValueFactory = _ => 1 << 22 };
        var rounds = new Option<int>("--rounds") { Description = "How often all types take their turn.", DefaultValueFactory = _ => 6 };
        var steps = new Option<int>("--steps") { Description = "Steps of a type in a round.", DefaultValueFactory = _ => 8 };
        var lengthSteps = new Option<int>("--length-steps") { Description = "Steps of plain rows of each length in a round.", DefaultValueFactory = _ => 1 };
        var dtype = new Option<string>("--dtype") { Description = "The type of the computation.", DefaultValueFactory = _ => "fp32" }.AcceptOnlyFromAmong("fp32", "bf16");
        var device = DeviceOption.Create();
        var threads = ThreadsOption.Create();
        var json = new Option<bool>("--json") { Description = "One JSON object a line." };
        foreach (var count in (Option<int>[])[length, tokensPerStep, tokens, rounds, steps, lengthSteps])
        {
            ThreadsOption.RequirePositive(count);
        }

        foreach (var option in (Option[])[preset, length, min, tokensPerStep, tokens, rounds, steps, lengthSteps, dtype, device, threads, json])
        {
            command.Options.Add(option);
        }

        command.SetAction(arguments => Guard.Run(() =>
        {
            var perStep = arguments.GetValue(tokensPerStep) is > 0 and var given ? given : arguments.GetValue(length);
            var config = Checked(new BatchingBenchmarkConfig(
                arguments.GetValue(length), arguments.GetValue(min), perStep, arguments.GetValue(tokens), arguments.GetValue(rounds), arguments.GetValue(steps), arguments.GetValue(lengthSteps)));
            torch.set_num_threads(arguments.GetValue(threads));
            DeviceChoice.Use(arguments.GetRequiredValue(device), DeviceOption.Name);
            var precision = arguments.GetValue(dtype) == "bf16" ? TrainingPrecision.Bf16 : TrainingPrecision.Fp32;
            var model = ModelPresets.Named(arguments.GetRequiredValue(preset));
            Run(config, model with { MaxPositionEmbeddings = Math.Max(config.Length, model.MaxPositionEmbeddings) }, precision, arguments.GetValue(json), time);
            return ExitCodes.Done;
        }));
        return command;
    }

    private static BatchingBenchmarkConfig Checked(BatchingBenchmarkConfig config)
    {
        var errors = new ConfigurationErrors();
        errors.Require(BitOperations.IsPow2(config.Length) && config.Length >= 64, "--length", config.Length, "a power of two from 64 on");
        errors.Require(config.MinExponent is >= 0 and < 31 && 1L << config.MinExponent <= config.Length, "--min", config.MinExponent, "an exponent whose power of two is at most the length");
        errors.Require(config.TokensPerStep % config.Length == 0, "--tokens-per-step", config.TokensPerStep, $"a multiple of the length ({config.Length})");
        errors.ThrowIfAny("bench");
        return config;
    }

    private static void Run(BatchingBenchmarkConfig config, DecoderConfig architecture, TrainingPrecision precision, bool isJson, TimeProvider time)
    {
        using var model = new DecoderModel(architecture.ToSpec(architecture.VocabSize), RandomKey.FromSeed(1), ModelBuilder.Kernels(areFused: true, precision));
        using var optimizer = ModelBuilder.BuildOptimizer(new AdamWConfig(), model, isFused: true);
        using var benchmark = new BatchingBenchmark(config, model, optimizer, time);
        foreach (var line in benchmark.Run())
        {
            Console.Out.WriteLine(isJson ? line.ToJsonString() : Text(line));
        }
    }

    private static string Text(JsonObject line)
    {
        return (string)line["kind"]! switch
        {
            "model" => string.Create(CultureInfo.InvariantCulture, $"rows of {(int)line["length"]!:N0} tokens; {(double)line["rest_flops"]! / 1e6:F1} MFLOP a token and {(double)line["flops_per_length"]! / 1e3:F1} kFLOP for each of the row's tokens"),
            "bucket" => string.Create(CultureInfo.InvariantCulture, $"pieces of {(long)line["length"]!,6:N0}: {(long)line["tokens"]!,12:N0} tokens"),
            _ => string.Create(CultureInfo.InvariantCulture, $"round {(int)line["round"]!}: {(string)line["name"]!,-22} {1e6 * (double)line["seconds_per_token"]!,8:F2} us a token, context {(double)line["mean_context"]!,7:F0}, waiting {(double)line["load_share"]!,6:P2}"),
        };
    }
}
