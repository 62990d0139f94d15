using System.Globalization;
using System.Text;
using Granary.Checkpoints.Sharded;
using Granary.Cli.Commands;
using Granary.Cli.Planning;
using Granary.Cli.Ranks;
using Granary.Core.Configuration;
using Granary.Core.Progress;
using Granary.Core.Runs;
using Granary.Data.Batching;
using Granary.Data.Shards;
using Granary.Data.Tokenization;
using Granary.Models.Language;
using Granary.Torch;
using Granary.Training;
using Granary.Training.Parallel;

namespace Granary.Cli.Stages;

/// <summary>Trains the model, from its beginning or from the newest checkpoint.</summary>
internal static class TrainStage
{
    internal const string Name = "train";

    /// <summary>Trains: in processes of its own where ranks are to be started, else here.</summary>
    internal static TrainingOutcome Run(RunContext context, Tokenizer tokenizer, ShardManifest manifest, CancellationToken cancellationToken)
    {
        if (context.RanksToStart == 1)
        {
            return Train(context, tokenizer, manifest, cancellationToken);
        }

        DeviceChoice.Check(context.Config.Training, context.RanksToStart);
        DeviceChoice.Use(context.Config.Training);
        return LaunchedTraining.Run(context, cancellationToken);
    }

    private static TrainingOutcome Train(RunContext context, Tokenizer tokenizer, ShardManifest manifest, CancellationToken cancellationToken)
    {
        var (config, world) = (context.Config, context.World);
        world?.SayPrepared();
        torch.set_num_threads(context.Threads);
        DeviceChoice.Use(config.Training, world?.Environment);
        if (context.IsFirst && DeviceChoice.WarningOf(config.Training) is { } warning)
        {
            context.View.Warn(warning);
        }

        var planning = new StepPlanning(context, manifest);
        var kept = planning.Kept();
        var objective = config.Objective.Build(tokenizer);
        var parameters = config.Model.SpecOf(tokenizer.VocabularySize, config.Objective.Needs.Ahead).ParameterCount();
        context.View.BeginStage(Name, $"{objective.Name} with {parameters:N0} parameters on {Workers(context)}");
        var choice = new SequenceChoice(context);
        var schedules = choice.Names(kept);
        var axis = choice.Axis(schedules);
        using var model = ModelBuilder.Build(config, tokenizer.VocabularySize, axis);
        model.Checkpointing = new CheckpointingChoice(context).Of(model);
        var plan = kept ?? planning.Make(model, objective, schedules);
        using var parallel = world is null ? null : new DataParallel(model, world.Mesh, config.Parallel.Sharding, context.Time);
        using var optimizer = parallel is null
            ? ModelBuilder.BuildOptimizer(config.Optimizer, model, config.Training.FusedKernels)
            : ModelBuilder.BuildOptimizer(config.Optimizer, parallel.Optimized, config.Training.FusedKernels);
        var sampler = new BucketSampler(manifest, context.Batching with { MaxTokensPerPass = plan.MaxTokensPerPass }, config.Seed);
        world?.RequireSame(sampler.OrderSha256, "order of the data", "shards");
        var state = new Resumption(context.Folder.Path, context.Threads, context.View, world) { Device = DeviceChoice.Describe(config.Training), Fence = context.Fence }.Resume(model, optimizer, sampler.OrderSha256, parallel);
        if (state.Step >= plan.TotalSteps)
        {
            context.View.EndStage(Name, $"{state.Step:N0} steps, {state.Tokens:N0} tokens", wasSkipped: true);
            return new TrainingOutcome(state, IsComplete: true, double.NaN);
        }

        if (state.Step > 0)
        {
            context.View.Say($"going on from step {state.Step:N0}");
        }

        Describe(context, sampler);
        using var shards = ShardSet.Open(DecomposeStage.ManifestPath(context), Convert.ToHexStringLower(tokenizer.Hash));
        shards.CheckFiles();
        using var batches = new BatchLoader(
            shards, sampler, world is null ? null : DataParallel.ShareOf(world.Mesh), lawAt: step => context.Batching.LawAt(step, plan.TotalSteps));
        context.Fence?.Check();
        using var events = context.IsFirst ? EventLog.Open(context.Folder.EventsPath, context.Time) : null;
        events?.RemoveWhere(reported => Resumption.IsReportedAgain(reported, state.Step));
        var parts = new TrainerParts
        {
            Model = model,
            Batches = batches,
            Objective = objective,
            Optimizer = optimizer,
            Parallel = parallel,
            Sequence = axis,
            PeakLearningRate = config.Optimizer.LearningRate,
            MaxGradNorm = config.Optimizer.MaxGradNorm,
            Schedule = config.Optimizer.Schedule.Build(plan.TotalSteps),
            Key = context.Key,
            Metrics = events is null ? context.View : new MetricFanOut(events, context.View),
            StepTaken = StepTaken(context, plan.TotalSteps),
            Checkpoints = new CheckpointWriter(context.Folder.Path, config.Training.KeepCheckpoints, context.Fence),
            Facts = Facts(context, sampler),
            Files = new Dictionary<string, byte[]>
            {
                ["config.yaml"] = Encoding.UTF8.GetBytes(ConfigurationFile.Write(config)),
                ["tokenizer.json"] = tokenizer.ToJson(),
            },
            Evaluate = step => Evaluate(context, model, tokenizer, step, events),
            MatrixRate = MeasureMatrixRate(context),
            Time = context.Time,
        };
        // What links, products and trial steps were measured with is of no use to the steps that follow.
        torch.release_memory();
        var outcome = new Trainer(config.Training, parts, state, plan.TotalSteps).Run(cancellationToken);
        SayMemory(context);
        context.View.EndStage(
            Name,
            string.Create(CultureInfo.InvariantCulture, $"{outcome.State.Step:N0} of {plan.TotalSteps:N0} steps, {outcome.State.Tokens:N0} tokens, loss {outcome.FinalLoss:F3}"),
            wasSkipped: false);
        return outcome;
    }

    // Of ranks on many nodes each says for itself how far it is; the first one's steps tell it already.
    private static Action<long>? StepTaken(RunContext context, long totalSteps)
    {
        return context.Fence is null || context.IsFirst ? null : step => context.View.Report(new ProgressUpdate(Name, step, totalSteps, "steps"));
    }

    private static string Workers(RunContext context)
    {
        var threads = $"{context.Threads} {(context.Threads == 1 ? "thread" : "threads")}";
        if (torch.get_default_device() is { Type: DeviceType.CUDA } device)
        {
            threads = $"{torch.cuda.get_device_properties(Math.Max(0, device.Index)).Name} ({DeviceChoice.Describe(context.Config.Training)}), {threads}";
        }

        return context.World is { } world ? $"{world.Mesh.Size} ranks ({world.Grid}) of {threads} each" : threads;
    }

    // Ranks compute at the same time, so each measures what is left to it.
    private static double MeasureMatrixRate(RunContext context)
    {
        var rate = MatrixRate.Measure(context.Time, context.Config.Training.Precision);
        return context.World is { } world ? world.FromEach(rate).Sum() : rate;
    }

    private static void Evaluate(RunContext context, LanguageModel model, Tokenizer tokenizer, long step, EventLog? events)
    {
        var done = string.Create(CultureInfo.InvariantCulture, $"evaluation of step {step}");
        if (events is null)
        {
            // Longer than an exchange may take: the time-out is for ranks that are silent.
            context.World!.Await(done);
            return;
        }

        EvaluateStage.Report(context, model, tokenizer, step, events);
        context.World?.Announce(done);
    }

    // The first rank holds a copy of what it saves, so it has a number of its own, as in the plan.
    private static void SayMemory(RunContext context)
    {
        var bytes = context.World?.FromEach(PeakMemory.Read()) ?? [PeakMemory.Read()];
        var others = bytes.Count == 1 ? string.Empty : string.Create(CultureInfo.InvariantCulture, $", the other ranks at most {bytes.Skip(1).Max() / 1e6:F0} MB");
        var onGpu = torch.get_default_device().Type == DeviceType.CUDA ? string.Create(CultureInfo.InvariantCulture, $", on the GPU {torch.cuda.memory().Peak / 1e6:F0} MB") : string.Empty;
        context.View.Say(string.Create(CultureInfo.InvariantCulture, $"memory at its fullest: {bytes[0] / 1e6:F0} MB{others}{onGpu}"));
    }

    private static void Describe(RunContext context, BucketSampler sampler)
    {
        foreach (var line in sampler.Describe().Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            context.View.Say(line.TrimEnd());
        }

        foreach (var warning in sampler.Warnings)
        {
            context.View.Warn(warning);
        }
    }

    private static Dictionary<string, string> Facts(RunContext context, BucketSampler sampler)
    {
        return new Dictionary<string, string>
        {
            ["order"] = sampler.OrderSha256,
            ["threads"] = context.Threads.ToString(CultureInfo.InvariantCulture),
            ["ranks"] = (context.World?.Mesh.Size ?? 1).ToString(CultureInfo.InvariantCulture),
            ["mesh"] = context.World?.Grid ?? RankWorld.SingleGrid,
            ["device"] = DeviceChoice.Describe(context.Config.Training),
            ["libtorch"] = torch.version,
            ["seed"] = context.Config.Seed.ToString(CultureInfo.InvariantCulture),
        };
    }
}
