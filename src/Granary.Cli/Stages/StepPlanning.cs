using System.Globalization;
using Granary.Checkpoints.Sharded;
using Granary.Core.Configuration;
using Granary.Data.Batching;
using Granary.Data.Shards;
using Granary.Models.Language;
using Granary.Training;
using Granary.Training.Objectives;

namespace Granary.Cli.Stages;

/// <summary>
/// Works out how many steps a run takes, once: a resumed run must not work it out again on a busier machine. Of many ranks
/// the first one keeps the plan and all take it from there.
/// </summary>
/// <remarks>
/// A budget in time is measured by trial steps. Ranks take them at the same time, each its share of a step by itself and
/// without an exchange, and the slowest counts: what exchanges take that computation does not hide is not in it.
/// </remarks>
internal sealed class StepPlanning
{
    private const int PackedTrials = 5;

    private readonly RunContext _context;
    private readonly ShardManifest _manifest;

    public StepPlanning(RunContext context, ShardManifest manifest)
    {
        _context = context;
        _manifest = manifest;
    }

    /// <summary>The plan that the run has kept; null where there is none yet.</summary>
    public TrainingPlan? Kept()
    {
        return Shared(() => Kept(PlanPath));
    }

    /// <summary>Works the plan out with the model at its beginning, and keeps it with the schedules that were chosen.</summary>
    public TrainingPlan Make(LanguageModel model, IObjective objective, string? schedules)
    {
        var config = _context.Config;
        var sampler = new BucketSampler(_manifest, _context.Batching, config.Seed);
        var available = sampler.TotalSteps;
        if (config.Training.Steps > available)
        {
            throw new ConfigurationException("training", [
                $"'training.steps' is '{config.Training.Steps}' but the data gives {available} steps in {_context.Batching.Passes} pass(es). Raise batching.passes, read more text, or lower it.",
                .. sampler.Warnings]);
        }

        var wanted = config.Training.Steps > 0 ? config.Training.Steps : available;
        if (config.Training.TimeBudget > TimeSpan.Zero)
        {
            wanted = Math.Min(wanted, StepsWithin(model, objective, sampler));
        }

        var plan = wanted < available ? Shortened(wanted) : new TrainingPlan(available, _context.Batching.MaxTokensPerPass, _manifest.ManifestHash);
        return Shared(() => Publish(PlanPath, plan with { Sequence = schedules }))!;
    }

    private string PlanPath => _context.PathOf(TrainStage.Name, TrainingPlan.FileName);

    // What the first rank has, for all.
    private TrainingPlan? Shared(Func<TrainingPlan?> plan)
    {
        return _context.World is { } world ? TrainingPlan.FromJson(world.FromFirst(() => plan()?.ToJson() ?? string.Empty)) : plan();
    }

    private TrainingPlan? Kept(string path)
    {
        // A plan for other shards is kept beside a checkpoint: resuming says that the data are not the checkpoint's.
        return TrainingPlan.Find(path) is { } kept && (kept.Shards == _manifest.ManifestHash || CheckpointReader.FindLatest(_context.Folder.Path) is not null) ? kept : null;
    }

    private static TrainingPlan Publish(string path, TrainingPlan plan)
    {
        plan.Publish(path);
        return plan;
    }

    private long StepsWithin(LanguageModel model, IObjective objective, BucketSampler sampler)
    {
        var config = _context.Config;
        using var optimizer = ModelBuilder.BuildOptimizer(config.Optimizer, model, config.Training.FusedKernels);
        var trial = new TrialSteps(model, objective, optimizer, _context.Time, config.Training.Capture);
        var own = config.Batching is PackedBatchingConfig ? SecondsOfPackedStep(trial, sampler) : SecondsOfStep(trial, sampler);
        var perStep = _context.World is { } world ? world.FromEach(own).Max() : own;
        var steps = Math.Max(1, (long)(config.Training.TimeBudget.TotalSeconds / perStep));
        _context.View.Say(string.Create(
            CultureInfo.InvariantCulture, $"a step of {config.Batching.TokensPerStep:N0} tokens takes {perStep:F2} s here: {steps:N0} of them fit training.time_budget ({config.Training.TimeBudget})"));
        return steps;
    }

    private long TokensOfRank() => Math.Max(1, _context.Config.Batching.TokensPerStep / (_context.World?.Mesh.Size ?? 1));

    private double SecondsOfStep(TrialSteps trial, BucketSampler sampler)
    {
        var counts = sampler.CountStepsByExponent();
        var seconds = counts.Sum(entry => entry.Value * trial.SecondsPerStep(1 << entry.Key, TokensOfRank(), _context.Config.Training.TokensPerMicrobatch));
        return seconds / counts.Values.Sum();
    }

    // What a packed row costs hangs on its documents and on the step, so real rows are tried, evenly over the run.
    private double SecondsOfPackedStep(TrialSteps trial, BucketSampler sampler)
    {
        var config = _context.Config;
        using var shards = ShardSet.Open(DecomposeStage.ManifestPath(_context));
        using var batches = new BatchLoader(shards, sampler, stepsAhead: 0, lawAt: step => _context.Batching.LawAt(step, sampler.TotalSteps));
        return Enumerable.Range(0, PackedTrials).Average(index =>
        {
            using var batch = batches.Load(((2 * index) + 1) * sampler.TotalSteps / (2 * PackedTrials));
            return trial.SecondsPerStep(batch.MicroBatches(config.Training.TokensPerMicrobatch).First(), TokensOfRank());
        });
    }

    // Fewer steps than the data has: each pass takes less of every bucket, so that all cycles are gone through. A bucket
    // gives whole steps only, so each may lack one; that many more are asked for, and what is over is left at the end.
    private TrainingPlan Shortened(long wanted)
    {
        var batching = _context.Batching;
        var limit = (wanted + ((long)_manifest.Buckets.Count * batching.Passes)) * batching.TokensPerStep / batching.Passes;
        var shorter = new BucketSampler(_manifest, batching with { MaxTokensPerPass = limit }, _context.Config.Seed);
        return new TrainingPlan(Math.Min(wanted, shorter.TotalSteps), limit, _manifest.ManifestHash);
    }
}
