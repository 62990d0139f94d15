using System.Globalization;
using System.Text;
using Granary.Checkpoints.Sharded;
using Granary.Cli.Ranks;
using Granary.Core.Configuration;
using Granary.Core.Runs;
using Granary.Data.Batching;
using Granary.Data.Shards;
using Granary.Data.Tokenization;
using Granary.Torch;
using Granary.Training;

namespace Granary.Cli.Stages;

/// <summary>Trains the model, from its beginning or from the newest checkpoint.</summary>
internal static class TrainStage
{
    internal const string Name = "train";
    private const int PackedTrials = 5;

    /// <summary>Trains: in processes of its own where ranks are to be started, else here.</summary>
    internal static TrainingOutcome Run(RunContext context, Tokenizer tokenizer, ShardManifest manifest, CancellationToken cancellationToken)
    {
        return context.RanksToStart > 1
            ? LaunchedTraining.Run(context, cancellationToken)
            : Train(context, tokenizer, manifest, cancellationToken);
    }

    private static TrainingOutcome Train(RunContext context, Tokenizer tokenizer, ShardManifest manifest, CancellationToken cancellationToken)
    {
        var config = context.Config;
        torch.set_num_threads(context.Threads);
        using var model = ModelBuilder.Build(config, tokenizer.VocabularySize);
        context.View.BeginStage(Name, $"{config.Objective.Build(tokenizer).Name} with {model.Spec.ParameterCount():N0} parameters on {context.Threads} threads");
        using var optimizer = ModelBuilder.BuildOptimizer(config.Optimizer, model, config.Training.FusedKernels);
        var objective = config.Objective.Build(tokenizer);
        var plan = Plan(context, new TrialSteps(model, objective, optimizer, context.Time), manifest);
        var sampler = new BucketSampler(manifest, config.Batching with { MaxTokensPerPass = plan.MaxTokensPerPass }, config.Seed);
        var state = new Resumption(context.Folder.Path, context.Threads, context.View).Resume(model, optimizer, sampler.OrderSha256);
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
        using var batches = new BatchLoader(shards, sampler, lawAt: step => config.Batching.LawAt(step, plan.TotalSteps));
        using var events = EventLog.Open(context.Folder.EventsPath, context.Time);
        events.RemoveWhere(reported => Resumption.IsReportedAgain(reported, state.Step));
        var parts = new TrainerParts
        {
            Model = model,
            Batches = batches,
            Objective = objective,
            Optimizer = optimizer,
            PeakLearningRate = config.Optimizer.LearningRate,
            MaxGradNorm = config.Optimizer.MaxGradNorm,
            Schedule = config.Optimizer.Schedule.Build(plan.TotalSteps),
            Key = context.Key,
            Metrics = new MetricFanOut(events, context.View),
            Checkpoints = new CheckpointWriter(context.Folder.Path, config.Training.KeepCheckpoints),
            Facts = Facts(context, sampler),
            Files = new Dictionary<string, byte[]>
            {
                ["config.yaml"] = Encoding.UTF8.GetBytes(ConfigurationFile.Write(config)),
                ["tokenizer.json"] = tokenizer.ToJson(),
            },
            Evaluate = step => EvaluateStage.Report(context, model, tokenizer, step, events),
            MatrixRate = MatrixRate.Measure(context.Time),
            Time = context.Time,
        };
        var outcome = new Trainer(config.Training, parts, state, plan.TotalSteps).Run(cancellationToken);
        context.View.EndStage(
            Name,
            string.Create(CultureInfo.InvariantCulture, $"{outcome.State.Step:N0} of {plan.TotalSteps:N0} steps, {outcome.State.Tokens:N0} tokens, loss {outcome.FinalLoss:F3}"),
            wasSkipped: false);
        return outcome;
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

    // A budget in time becomes a number of steps once; a resumed run must not work it out again on a busier machine.
    private static TrainingPlan Plan(RunContext context, TrialSteps trial, ShardManifest manifest)
    {
        var path = context.PathOf(Name, TrainingPlan.FileName);
        if (TrainingPlan.Find(path) is { } kept && (kept.Shards == manifest.ManifestHash || CheckpointReader.FindLatest(context.Folder.Path) is not null))
        {
            // A plan for other shards is kept beside a checkpoint: resuming says that the data are not the checkpoint's.
            return kept;
        }

        var config = context.Config;
        var sampler = new BucketSampler(manifest, config.Batching, config.Seed);
        var available = sampler.TotalSteps;
        if (config.Training.Steps > available)
        {
            throw new ConfigurationException("training", [
                $"'training.steps' is '{config.Training.Steps}' but the data gives {available} steps in {config.Batching.Passes} pass(es). Raise batching.passes, read more text, or lower it.",
                .. sampler.Warnings]);
        }

        var wanted = config.Training.Steps > 0 ? config.Training.Steps : available;
        if (config.Training.TimeBudget > TimeSpan.Zero)
        {
            wanted = Math.Min(wanted, StepsWithin(context, trial, sampler));
        }

        var plan = wanted < available ? Shortened(context, manifest, wanted) : new TrainingPlan(available, config.Batching.MaxTokensPerPass, manifest.ManifestHash);
        plan.Publish(path);
        return plan;
    }

    private static long StepsWithin(RunContext context, TrialSteps trial, BucketSampler sampler)
    {
        var config = context.Config;
        var perStep = config.Batching is PackedBatchingConfig ? SecondsOfPackedStep(context, trial, sampler) : SecondsOfStep(config, trial, sampler);
        var steps = Math.Max(1, (long)(config.Training.TimeBudget.TotalSeconds / perStep));
        context.View.Say(string.Create(
            CultureInfo.InvariantCulture, $"a step of {config.Batching.TokensPerStep:N0} tokens takes {perStep:F2} s here: {steps:N0} of them fit training.time_budget ({config.Training.TimeBudget})"));
        return steps;
    }

    private static double SecondsOfStep(RunConfig config, TrialSteps trial, BucketSampler sampler)
    {
        var counts = sampler.CountStepsByExponent();
        var seconds = counts.Sum(entry => entry.Value * trial.SecondsPerStep(1 << entry.Key, config.Batching.TokensPerStep, config.Training.TokensPerMicrobatch));
        return seconds / counts.Values.Sum();
    }

    // What a packed row costs hangs on its documents and on the step, so real rows are tried, evenly over the run.
    private static double SecondsOfPackedStep(RunContext context, TrialSteps trial, BucketSampler sampler)
    {
        var config = context.Config;
        using var shards = ShardSet.Open(DecomposeStage.ManifestPath(context));
        using var batches = new BatchLoader(shards, sampler, stepsAhead: 0, lawAt: step => config.Batching.LawAt(step, sampler.TotalSteps));
        return Enumerable.Range(0, PackedTrials).Average(index =>
        {
            using var batch = batches.Load(((2 * index) + 1) * sampler.TotalSteps / (2 * PackedTrials));
            return trial.SecondsPerStep(batch.MicroBatches(config.Training.TokensPerMicrobatch).First(), config.Batching.TokensPerStep);
        });
    }

    // Fewer steps than the data has: each pass takes less of every bucket, so that all cycles are gone through. A bucket
    // gives whole steps only, so each may lack one; that many more are asked for, and what is over is left at the end.
    private static TrainingPlan Shortened(RunContext context, ShardManifest manifest, long wanted)
    {
        var batching = context.Config.Batching;
        var limit = (wanted + ((long)manifest.Buckets.Count * batching.Passes)) * batching.TokensPerStep / batching.Passes;
        var shorter = new BucketSampler(manifest, batching with { MaxTokensPerPass = limit }, context.Config.Seed);
        return new TrainingPlan(Math.Min(wanted, shorter.TotalSteps), limit, manifest.ManifestHash);
    }

    private static Dictionary<string, string> Facts(RunContext context, BucketSampler sampler)
    {
        return new Dictionary<string, string>
        {
            ["order"] = sampler.OrderSha256,
            ["threads"] = context.Threads.ToString(CultureInfo.InvariantCulture),
            ["libtorch"] = torch.version,
            ["seed"] = context.Config.Seed.ToString(CultureInfo.InvariantCulture),
        };
    }
}
