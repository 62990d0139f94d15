using Granary.Core.Randomness;
using Granary.Data.Batching;
using Granary.Models.Language;
using Granary.Training.Capture;
using Granary.Training.Objectives;
using Granary.Training.Optimizers;

namespace Granary.Training;

/// <summary>
/// Times steps before a run, so that a time budget becomes a number of steps. Leaves parameters and optimizer as they
/// were: the trial update has rate 0 and gradients scaled by 0.
/// </summary>
public sealed class TrialSteps
{
    private readonly LanguageModel _model;
    private readonly IObjective _objective;
    private readonly IOptimizer _optimizer;
    private readonly TimeProvider _time;
    private readonly bool _records;

    /// <summary>Times steps of a model with an objective; on a device that can, recorded ones unless that is not wanted.</summary>
    public TrialSteps(LanguageModel model, IObjective objective, IOptimizer optimizer, TimeProvider time, bool records = true)
    {
        _records = records;
        _model = model;
        _objective = objective;
        _optimizer = optimizer;
        _time = time;
    }

    /// <summary>
    /// Seconds of a step of <paramref name="tokensPerStep"/> tokens in rows of a length, from one warm and one timed
    /// portion of at most <paramref name="tokensPerMicrobatch"/> tokens.
    /// </summary>
    public double SecondsPerStep(int length, long tokensPerStep, long tokensPerMicrobatch)
    {
        var rows = (int)Math.Max(1, Math.Min(tokensPerStep, tokensPerMicrobatch) / length);
        return SecondsPerStep(RandomRows.Of(RandomKey.FromSeed(0).Use("trial"), _model.Spec.VocabSize, rows, length), tokensPerStep);
    }

    /// <summary>Seconds of a step of <paramref name="tokensPerStep"/> tokens, from warm passes of a portion of it and a timed one.</summary>
    public double SecondsPerStep(BatchSlice rows, long tokensPerStep)
    {
        var plan = _objective.Prepare(rows, RandomKey.FromSeed(0).Use("trial"));
        using var captured = _records && CudaStepCapture.For(_model) is { } capture ? new CapturedSteps(_model, capture) : null;
        Pass(plan, captured);
        if (captured is not null)
        {
            Pass(plan, captured); // recorded
        }

        var portion = Timed(() => Pass(plan, captured));
        var norm = Timed(() => _optimizer.GradientNorm());

        // Scaled by zero: the trial update leaves parameters and optimizer as they are.
        var update = Timed(() => _optimizer.Step(1, learningRate: 0, gradientScale: 0));
        _model.ClearGradients();
        return (portion * tokensPerStep / ((double)rows.Rows * rows.Length)) + norm + update;
    }

    private void Pass(ObjectivePlan plan, CapturedSteps? captured)
    {
        var law = new LossLaw([plan]);
        var losses = new StepLoss(law);
        if (captured is not null)
        {
            captured.Run(plan.Views, law, losses);
        }
        else
        {
            StepViews.Run(_model, plan.Views, law, losses);
        }

        _ = losses.Total; // read, as a step does
    }

    private double Timed(Action action) => DeviceClock.Seconds(_time, action);
}
