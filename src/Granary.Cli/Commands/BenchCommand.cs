using System.CommandLine;
using Granary.Cli.Stages;
using Granary.Core.Configuration;
using Granary.Core.Randomness;
using Granary.Models;
using Granary.Models.Ahead;
using Granary.Models.Decoder;
using Granary.Models.Language;
using Granary.Torch;
using Granary.Training;
using Granary.Training.Objectives;
using Granary.Training.Optimizers;

namespace Granary.Cli.Commands;

/// <summary>`granary bench`, and of it `step`: how fast a training step is here.</summary>
internal static class BenchCommand
{
    private const int WarmupSteps = 2;

    // The first of a GPU runs as it is, the second is recorded; a few more bring the clocks up.
    private const int WarmupStepsOnGpu = 6;

    internal static Command Build(TimeProvider time)
    {
        return new Command("bench", "Benchmarks.")
        {
            BuildStep(time),
            BenchBatchingCommand.Build(time),
            BenchDecodeCommand.Build(time),
            BenchKMeansCommand.Build(time),
            BenchLogitsCommand.Build(),
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
        var dtype = new Option<string>("--dtype") { Description = "The type of the computation.", DefaultValueFactory = _ => "fp32" }.AcceptOnlyFromAmong("fp32", "bf16");
        var device = DeviceOption.Create();
        var accumulate = new Option<int>("--accumulate") { Description = "Portions of a step, each of --batch rows, whose gradients add up.", DefaultValueFactory = _ => 1 };
        var noCapture = new Option<bool>("--no-capture") { Description = "On a GPU: launch kernel by kernel, instead of each step as one." };
        var ahead = new Option<int>("--ahead") { Description = "Tokens predicted from each position.", DefaultValueFactory = _ => 1 };
        var heads = new Option<AheadKind>("--heads") { Description = "How the heads for tokens beyond the next are built.", DefaultValueFactory = _ => AheadKind.Parallel };
        var layers = new Option<int?>("--layers") { Description = "Blocks of the trunk; the preset's where not given." };
        var threads = ThreadsOption.Create();
        var checkpointing = new Option<ActivationCheckpointing>("--checkpointing") { Description = "What blocks keep for backward." }.AcceptOnlyFromAmong("none", "selective", "full");
        var composed = new Option<bool>("--composed") { Description = "Compositions of operators instead of the fused kernels." };
        var profile = new Option<bool>("--profile") { Description = "Where the time goes, by operator, and what the machine's limit is." };
        var json = new Option<bool>("--json") { Description = "One JSON object." };
        foreach (var option in (Option[])[preset, batch, length, steps, dtype, device, accumulate, noCapture, ahead, heads, layers, checkpointing, threads, composed, profile, json])
        {
            command.Options.Add(option);
        }

        foreach (var count in (Option<int>[])[batch, length, steps, accumulate, ahead])
        {
            ThreadsOption.RequirePositive(count);
        }

        command.SetAction(arguments => Guard.Run(() =>
        {
            torch.set_num_threads(arguments.GetValue(threads));
            var precision = arguments.GetValue(dtype) == "bf16" ? TrainingPrecision.Bf16 : TrainingPrecision.Fp32;
            DeviceChoice.Use(arguments.GetRequiredValue(device), DeviceOption.Name);
            var isOnGpu = torch.get_default_device().Type == DeviceType.CUDA;
            Check(precision, arguments.GetValue(composed), arguments.GetValue(profile), isOnGpu);
            CheckKept(arguments.GetValue(checkpointing), arguments.GetValue(composed), isOnGpu, records: !arguments.GetValue(noCapture));
            var config = ModelPresets.Named(arguments.GetRequiredValue(preset));
            var (rows, tokens) = (arguments.GetValue(batch), arguments.GetValue(length));
            if (tokens > config.MaxPositionEmbeddings)
            {
                config = config with { MaxPositionEmbeddings = tokens };
            }

            config = config with { NumHiddenLayers = arguments.GetValue(layers) ?? config.NumHiddenLayers };
            var run = new StepRun(rows, tokens, arguments.GetValue(accumulate), arguments.GetValue(steps), precision)
            {
                AreFused = !arguments.GetValue(composed),
                Records = !arguments.GetValue(noCapture),
                IsProfiled = arguments.GetValue(profile),
                Checkpointing = arguments.GetValue(checkpointing),
            };
            var measured = Measure(config, ObjectiveOf(arguments.GetValue(heads), arguments.GetValue(ahead)), run, time);
            Console.Out.WriteLine(arguments.GetValue(json) ? measured.ToJson(time).ToJsonString() : string.Join(Environment.NewLine, measured.Lines(time)));
            return ExitCodes.Done;
        }));
        return command;
    }

    private static StepMeasure Measure(DecoderConfig config, ObjectiveConfig objective, StepRun run, TimeProvider time)
    {
        var isOnGpu = torch.get_default_device().Type == DeviceType.CUDA;
        using var model = config.Build(config.VocabSize, objective.Needs.Ahead, RandomKey.FromSeed(1), ModelBuilder.Kernels(run.AreFused, run.Precision));
        model.Checkpointing = run.Checkpointing;
        using var optimizer = ModelBuilder.BuildOptimizer(new AdamWConfig(), model, run.AreFused);
        using var benchmark = new StepBenchmark(model, objective.Build(), optimizer, time, run.Records) { Portions = run.Portions, Precision = run.Precision };
        var seconds = benchmark.Run(run.Rows, run.Length, isOnGpu ? WarmupStepsOnGpu : WarmupSteps, run.Steps);
        return new StepMeasure(model.Spec, seconds, (long)run.Rows * run.Portions * run.Length, run.Length, run.Precision)
        {
            Loss = benchmark.Loss,
            IsCaptured = benchmark.IsCaptured,
            CaptureFailure = benchmark.CaptureFailure,
            Checkpointing = run.Checkpointing,
            TensorPeak = torch.memory().Peak,
            DevicePeak = isOnGpu ? torch.cuda.memory().Peak : null,
            HostPeak = PeakMemory.Read(),
            Profile = run.IsProfiled ? benchmark.Profile(run.Rows, run.Length, run.Steps) : null,
        };
    }

    private static ObjectiveConfig ObjectiveOf(AheadKind heads, int tokens)
    {
        return heads == AheadKind.Future ? new FutureTokenConfig { Tokens = tokens } : new MultiTokenConfig { Tokens = tokens, Heads = heads };
    }

    private static void Check(TrainingPrecision precision, bool isComposed, bool isProfiled, bool isOnGpu)
    {
        var errors = new List<string>();
        if (precision == TrainingPrecision.Bf16 && isComposed)
        {
            errors.Add("'--dtype' is 'bf16' but plain operators compute in fp32; leave --composed out.");
        }

        if (isProfiled && isOnGpu)
        {
            errors.Add("'--profile' tells how long the CPU's operators take, and a GPU's are only launched; leave it out, or compute on the cpu.");
        }

        if (errors.Count > 0)
        {
            throw new ConfigurationException("bench step", errors);
        }
    }

    private static void CheckKept(ActivationCheckpointing checkpointing, bool isComposed, bool isOnGpu, bool records)
    {
        if (checkpointing == ActivationCheckpointing.Selective && (isComposed || isOnGpu))
        {
            throw new ConfigurationException("bench step", ["'--checkpointing' is 'selective' but only the fused kernels of the cpu hand out what attention gave; take none or full."]);
        }

        if (checkpointing != ActivationCheckpointing.None && isOnGpu && records)
        {
            throw new ConfigurationException("bench step", ["'--checkpointing' is 'full' but blocks that are run again are not recorded; add --no-capture."]);
        }
    }

    /// <summary>What is timed.</summary>
    private sealed record StepRun(int Rows, int Length, int Portions, int Steps, TrainingPrecision Precision)
    {
        public required bool AreFused { get; init; }

        public required bool Records { get; init; }

        public required bool IsProfiled { get; init; }

        public required ActivationCheckpointing Checkpointing { get; init; }
    }
}
