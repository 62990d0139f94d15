using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Granary.Cli.Benchmarks;
using Granary.Cli.Stages;
using Granary.Core.Randomness;
using Granary.Models;
using Granary.Models.Ahead;
using Granary.Models.Decoder;
using Granary.Torch;
using Granary.Training;
using Granary.Training.Objectives;
using Granary.Training.Optimizers;

namespace Granary.Cli.Commands;

/// <summary>`granary bench`, and of it `step`: how fast a training step is here.</summary>
internal static class BenchCommand
{
    private const int WarmupSteps = 2;

    internal static Command Build(TimeProvider time)
    {
        return new Command("bench", "Benchmarks.")
        {
            BuildStep(time),
            BenchBatchingCommand.Build(time),
            BenchDecodeCommand.Build(time),
            BenchKMeansCommand.Build(time),
            BenchPackingCommand.Build(time),
            BenchSequenceCommand.Build(time),
            BenchShardsCommand.Build(time),
            BenchTokenizerCommand.Build(time),
            BenchTokenizerTrainingCommand.Build(time),
        };
    }

    private static Command BuildStep(TimeProvider time)
    {
        var command = new Command("step", "Times whole training steps of a preset on random ids.");
        var preset = new Option<string>("--preset") { Description = "The model.", Required = true }.AcceptOnlyFromAmong([.. ModelPresets.Names]);
        var batch = new Option<int>("--batch") { Description = "Rows.", Required = true };
        var length = new Option<int>("--length") { Description = "Tokens of a row.", Required = true };
        var steps = new Option<int>("--steps") { Description = "Timed steps.", DefaultValueFactory = _ => 7 };
        var dtype = new Option<string>("--dtype") { Description = "The type of the computation.", DefaultValueFactory = _ => "fp32" }.AcceptOnlyFromAmong("fp32");
        var ahead = new Option<int>("--ahead") { Description = "Tokens predicted from each position.", DefaultValueFactory = _ => 1 };
        var heads = new Option<AheadKind>("--heads") { Description = "How the heads for tokens beyond the next are built.", DefaultValueFactory = _ => AheadKind.Parallel };
        var layers = new Option<int?>("--layers") { Description = "Blocks of the trunk; the preset's where not given." };
        var threads = ThreadsOption.Create();
        var composed = new Option<bool>("--composed") { Description = "Compositions of operators instead of the fused kernels." };
        var profile = new Option<bool>("--profile") { Description = "Where the time goes, by operator, and what the machine's limit is." };
        var json = new Option<bool>("--json") { Description = "One JSON object." };
        foreach (var option in (Option[])[preset, batch, length, steps, dtype, ahead, heads, layers, threads, composed, profile, json])
        {
            command.Options.Add(option);
        }

        foreach (var count in (Option<int>[])[batch, length, steps, ahead])
        {
            ThreadsOption.RequirePositive(count);
        }

        command.SetAction(arguments => Guard.Run(() =>
        {
            torch.set_num_threads(arguments.GetValue(threads));
            var config = ModelPresets.Named(arguments.GetRequiredValue(preset));
            var (rows, tokens) = (arguments.GetValue(batch), arguments.GetValue(length));
            if (tokens > config.MaxPositionEmbeddings)
            {
                config = config with { MaxPositionEmbeddings = tokens };
            }

            var areFused = !arguments.GetValue(composed);
            config = config with { NumHiddenLayers = arguments.GetValue(layers) ?? config.NumHiddenLayers };
            var objective = ObjectiveOf(arguments.GetValue(heads), arguments.GetValue(ahead));
            using var model = config.Build(config.VocabSize, objective.Needs.Ahead, RandomKey.FromSeed(1), ModelBuilder.Kernels(areFused));
            using var optimizer = ModelBuilder.BuildOptimizer(new AdamWConfig(), model, areFused);
            var seconds = StepBenchmark.Run(model, objective.Build(), optimizer, rows, tokens, WarmupSteps, arguments.GetValue(steps), time);
            var profiled = arguments.GetValue(profile) ? StepBenchmark.Profile(model, objective.Build(), optimizer, rows, tokens, WarmupSteps + seconds.Count, arguments.GetValue(steps), time) : null;
            Print(model.Spec, seconds, rows, tokens, profiled?.MatrixRate ?? MatrixRate.Measure(time), arguments.GetValue(json), profiled);
            return ExitCodes.Done;
        }));
        return command;
    }

    private static ObjectiveConfig ObjectiveOf(AheadKind heads, int tokens)
    {
        return heads == AheadKind.Future ? new FutureTokenConfig { Tokens = tokens } : new MultiTokenConfig { Tokens = tokens, Heads = heads };
    }

    private static void Print(DecoderSpec spec, IReadOnlyList<double> seconds, int rows, int length, double matrixRate, bool isJson, StepProfile? profile)
    {
        var median = Median.Of(seconds);
        var tokensPerSecond = rows * length / median;
        var share = spec.TrainingFlopsPerToken(length) * tokensPerSecond / matrixRate;
        if (isJson)
        {
            var result = new JsonObject
            {
                ["tokens_per_second"] = tokensPerSecond,
                ["milliseconds"] = 1e3 * median,
                ["peak_memory_bytes"] = PeakMemory.Read(),
                ["flops_share"] = share,
                ["matrix_flops"] = matrixRate,
                ["libtorch"] = torch.version,
                ["threads"] = torch.get_num_threads(),
            };
            if (profile is not null)
            {
                result["profile"] = ProfileTable.Json(profile);
            }

            Console.Out.WriteLine(result.ToJsonString());
            return;
        }

        Console.Out.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{tokensPerSecond:F1} tokens/s, {1e3 * median:F1} ms a step (median of {seconds.Count}), peak {PeakMemory.Read() / 1e9:F2} GB, {share:P0} of the matrix rate ({matrixRate / 1e9:F0} GFLOP/s)"));
        foreach (var line in profile is null ? [] : ProfileTable.Lines(profile))
        {
            Console.Out.WriteLine(line);
        }
    }
}
