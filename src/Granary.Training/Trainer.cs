using System.Globalization;
using Granary.Checkpoints;
using Granary.Checkpoints.Sharded;
using Granary.Core.Randomness;
using Granary.Core.Runs;
using Granary.Data.Batching;
using Granary.Data.Shards;
using Granary.Training.Capture;
using Granary.Training.Objectives;
using Granary.Training.Parallel;

namespace Granary.Training;

/// <summary>Takes optimizer steps until the run's number of steps is done or it is interrupted.</summary>
/// <remarks>
/// A step: (1) load its rows; (2) plan the objective of each portion and sum up the weights of all targets, so that the
/// loss is one mean over the whole step; (3) forward and backward of each portion, gradients adding up; (4) the gradient
/// norm, and the check that loss and norm are finite; (5) the update, clipping folded into it; (6) report; (7) evaluate
/// and write a checkpoint when one is due. Everything is a function of (configuration, data, seed, step), so a run that
/// goes on from a checkpoint repeats the bits of one that never stopped, with the same threads and ranks. Several ranks agree
/// in (2) on what losses are divided by and in (4) on loss, norm and what comes after; gradients are summed in (3); the first
/// one reports and writes.
/// </remarks>
public sealed class Trainer
{
    private readonly TrainingConfig _config;
    private readonly TrainerParts _parts;
    private readonly IStepRanks _ranks;

    // The checkpoint being written; one at a time, because a second copy of the state would cost as much again.
    private Task<string>? _writing;
    private long _lastCheckpointStep;
    private bool _hasLastFailed;
    private long _lastCheckpointTime;

    // Set while the trainer runs, where steps may be recorded.
    private CapturedSteps? _captured;
    private bool _hasToldFailure;

    /// <summary>Creates a trainer that stands at a state: a fresh one, or that of a checkpoint loaded before.</summary>
    public Trainer(TrainingConfig config, TrainerParts parts, TrainerState state, long totalSteps)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(totalSteps, parts.Batches.TotalSteps);
        _config = config;
        _parts = parts;
        _ranks = parts.Parallel is null ? new OneRank(parts) : new ManyRanks(parts, parts.Parallel);
        _lastCheckpointStep = state.Step;
        State = state;
        TotalSteps = totalSteps;
    }

    /// <summary>Where the run stands.</summary>
    public TrainerState State { get; }

    /// <summary>Steps of the whole run.</summary>
    public long TotalSteps { get; }

    /// <summary>Trains; an interruption ends the step at hand, saves, and returns.</summary>
    /// <exception cref="TrainingException">Too many losses or gradients were not finite.</exception>
    /// <exception cref="CheckpointException">The last checkpoint could not be written.</exception>
    public TrainingOutcome Run(CancellationToken cancellationToken)
    {
        _lastCheckpointTime = _parts.Time.GetTimestamp();
        _parts.Model.train();
        using var captured = Recording();
        _captured = captured;
        var loss = double.NaN;
        bool? stops = _parts.Parallel is null ? null : false;
        while (State.Step < TotalSteps && !(stops ?? cancellationToken.IsCancellationRequested))
        {
            var outcome = TakeStep(cancellationToken);
            (loss, stops) = (outcome.Losses.Main, outcome.Stops);
            _parts.StepTaken?.Invoke(State.Step);
            if (_config.EvaluateEverySteps > 0 && State.Step % _config.EvaluateEverySteps == 0 && State.Step < TotalSteps)
            {
                using var whole = _ranks.WholeModel();
                _parts.Evaluate?.Invoke(State.Step);
            }

            if (outcome.Saves ?? IsCheckpointDue(State.Step))
            {
                BeginCheckpoint();
            }
        }

        _ranks.Finish();
        FinishCheckpoints();
        return new TrainingOutcome(State, State.Step >= TotalSteps, loss);
    }

    private StepOutcome TakeStep(CancellationToken cancellationToken)
    {
        var begin = _parts.Time.GetTimestamp();
        var step = State.Step;

        // (1) rows
        using var batch = _parts.Batches.Load(step);
        var waited = _parts.Time.GetElapsedTime(begin);

        // (2) plans, and what losses are divided by, over the whole step
        var key = _parts.Key.Use("objective").Fold(step);
        _parts.Weighting?.Settle(batch);
        var plans = batch.MicroBatches(_config.TokensPerMicrobatch).Select(rows => Prepare(rows, key)).ToList();
        var plan = _ranks.Agree(plans, (long)batch.Rows * batch.Length);

        // (3) gradients add up over views
        var own = new StepLoss(plan.Law);
        RunViews(plan, [.. plans.SelectMany(prepared => prepared.Views)], own);

        // (4) finite or not is decided once, for the whole update
        var isWriting = _writing is { IsCompleted: false };
        var outcome = _ranks.Sum(plan, own, cancellationToken.IsCancellationRequested, !isWriting && IsCheckpointDue(step + 1));
        var (loss, norm) = (outcome.Losses.Total, outcome.Norm);
        var rate = _parts.PeakLearningRate * _parts.Schedule.FactorAt(step);
        if (double.IsFinite(loss) && double.IsFinite(norm))
        {
            // (5) as torch.nn.utils.clip_grad_norm_: max / (norm + 1e-6), at most 1
            var scale = _parts.MaxGradNorm > 0 ? Math.Min(1, _parts.MaxGradNorm / (norm + 1e-6)) : 1;
            _ranks.Update(State.Updates + 1, rate, scale);
            State.CountUpdate(plan.Tokens);
        }
        else
        {
            // The documents of a rank whose part of the loss is finite are no suspects where the whole is not.
            var isSuspect = double.IsFinite(loss) || !double.IsFinite(own.Total);
            Skip(isSuspect ? batch.Provenance : [], loss, norm);
        }

        Report(batch, step, outcome, (plan.Tokens, rate), (waited, _parts.Time.GetElapsedTime(begin)));
        return outcome;
    }

    // Ranks exchange with one another in the middle of a step, which no record holds.
    private CapturedSteps? Recording()
    {
        var isAlone = _parts is { Parallel: null, Sequence: null };
        return _config.Capture && isAlone && (_parts.Capture ?? CudaStepCapture.For(_parts.Model)) is { } capture ? new CapturedSteps(_parts.Model, capture) : null;
    }

    private void RunViews(Parallel.StepPlan plan, IReadOnlyList<ObjectiveView> views, StepLoss losses)
    {
        if (_captured is null)
        {
            _ranks.Run(plan, views, view => ViewPass.Run(_parts.Model, Held(view), plan.Law, losses));
            return;
        }

        _captured.Run(views, plan.Law, losses);
        if (_captured.Failure is { } failure && !_hasToldFailure)
        {
            _hasToldFailure = true;
            Warn($"Steps are not recorded, and run kernel by kernel: {failure}");
        }
    }

    private ObjectivePlan Prepare(BatchSlice rows, RandomKey key)
    {
        var plan = _parts.Objective.Prepare(rows, key);
        return _parts.Weighting is { } weighting ? weighting.Weigh(plan, rows) : plan;
    }

    // Ranks that share rows plan whole ones, so that they draw the same, and each runs its own positions.
    private ObjectiveView Held(ObjectiveView view)
    {
        return _parts.Sequence is { } axis ? view.HeldBy(axis.SliceOf(view.Length)) : view;
    }

    private void Skip(ReadOnlySpan<RowProvenance> rows, double loss, double norm)
    {
        _ranks.Skip();
        var documents = _ranks.Join(string.Join(", ", rows.ToArray().Select(row => row.ToString()).Distinct().Take(8)));
        var step = State.Step;
        State.CountSkip();
        Write(new RunEvent
        {
            Kind = "skip",
            Step = step,
            Numbers = new Dictionary<string, double> { ["loss"] = loss, ["gradient_norm"] = norm, ["skipped"] = State.SkippedSteps.Count },
            Texts = new Dictionary<string, string> { ["documents"] = documents },
        });
        if (State.SkippedSteps.Count > _config.MaxSkippedSteps)
        {
            throw new TrainingException(step, string.Create(
                CultureInfo.InvariantCulture,
                $"The loss or a gradient was not finite in {State.SkippedSteps.Count} steps, the last of them step {step} (loss '{loss}', gradient norm '{norm}', documents {documents}); training.max_skipped_steps allows {_config.MaxSkippedSteps}. Lower optimizer.learning_rate, or look at these documents."));
        }
    }

    private void Report(TokenBatch batch, long step, StepOutcome outcome, (long Tokens, double LearningRate) taken, (TimeSpan Waited, TimeSpan Whole) elapsed)
    {
        var tokensPerSecond = taken.Tokens / elapsed.Whole.TotalSeconds;
        var numbers = new Dictionary<string, double>(_ranks.Numbers)
        {
            ["loss"] = outcome.Losses.Main,
            ["learning_rate"] = taken.LearningRate,
            ["gradient_norm"] = outcome.Norm,
            ["tokens"] = taken.Tokens,
            ["length"] = batch.Length,
            ["tokens_per_second"] = tokensPerSecond,
            ["load_seconds"] = elapsed.Waited.TotalSeconds, // of the step's time, what it waited for its rows
            ["total_steps"] = TotalSteps,
        };

        foreach (var (name, loss) in outcome.Losses.Others())
        {
            numbers[$"loss.{name}"] = loss;
        }

        // What segments hide is not computed, so the count of a causal row would be too high.
        if (_parts.MatrixRate > 0 && !batch.Law.HasSegments)
        {
            numbers["flops_share"] = _parts.Model.Spec.TrainingFlopsPerToken(batch.Length) * tokensPerSecond / _parts.MatrixRate;
        }

        Write(new RunEvent { Kind = "step", Step = step, Numbers = numbers });
    }

    private bool IsCheckpointDue(long stepsDone)
    {
        if (_parts.Checkpoints is null || stepsDone >= TotalSteps)
        {
            return false;
        }

        var bySteps = _config.CheckpointEverySteps > 0 && stepsDone - _lastCheckpointStep >= _config.CheckpointEverySteps;
        var byTime = _config.CheckpointEvery > TimeSpan.Zero && _parts.Time.GetElapsedTime(_lastCheckpointTime) >= _config.CheckpointEvery;
        return bySteps || byTime;
    }

    private void BeginCheckpoint()
    {
        if (_writing is { IsCompleted: false })
        {
            // The disk is slower than the interval. Waiting would stop training, so this one is left out.
            return;
        }

        ReportWritten();
        var snapshot = Snapshot();
        var writer = _parts.Checkpoints!;
        _lastCheckpointStep = State.Step;
        _hasLastFailed = false;
        _lastCheckpointTime = _parts.Time.GetTimestamp();
        _writing = snapshot is null ? null : Task.Run(() =>
        {
            using (snapshot)
            {
                return writer.Write(snapshot);
            }
        });
    }

    // The last checkpoint is written in the foreground: a run that ends without one has failed.
    private void FinishCheckpoints()
    {
        if (_parts.Checkpoints is null)
        {
            return;
        }

        Task.WaitAny(_writing is null ? [Task.CompletedTask] : [_writing]);
        ReportWritten();
        if (_ranks.AsFirst(State.Step == _lastCheckpointStep && !_hasLastFailed && State.Step > 0 && State.Step < TotalSteps))
        {
            return;
        }

        _lastCheckpointStep = State.Step;
        if (Snapshot() is { } snapshot)
        {
            using (snapshot)
            {
                ReportCheckpoint(State.Step, _parts.Checkpoints.Write(snapshot));
            }
        }
    }

    private void ReportWritten()
    {
        if (_writing is not { IsCompleted: true } finished)
        {
            return;
        }

        _writing = null;
        if (finished.Exception?.InnerException is CheckpointException failure)
        {
            // The checkpoint before is whole and training goes on; the next interval tries again, and so does the end.
            _hasLastFailed = true;
            Warn(failure.Message);
            return;
        }

        var path = finished.GetAwaiter().GetResult();
        ReportCheckpoint(RunFolder.StepOf(path) ?? State.Step, path);
    }

    private void ReportCheckpoint(long step, string path)
    {
        Write(new RunEvent
        {
            Kind = "checkpoint",
            Step = step,
            Texts = new Dictionary<string, string> { ["path"] = Path.GetFileName(path) },
        });
    }

    private void Warn(string reason)
    {
        Write(new RunEvent
        {
            Kind = "warning",
            Step = State.Step,
            Texts = new Dictionary<string, string> { ["reason"] = reason },
        });
    }

    private void Write(RunEvent reported)
    {
        if (_ranks.IsFirst)
        {
            _parts.Metrics.Write(reported);
        }
    }

    private CheckpointSnapshot? Snapshot()
    {
        var facts = State.ToFacts();
        foreach (var (name, value) in _parts.Weighting is { } weighting ? _parts.Facts.Concat(weighting.Facts) : _parts.Facts)
        {
            facts.Add(name, value);
        }

        facts["total_steps"] = TotalSteps.ToString(CultureInfo.InvariantCulture);
        return _ranks.Snapshot(State.Step, facts);
    }
}
