using Granary.Core.Randomness;
using Granary.Models.Decoder;
using Granary.Torch.Kernels;
using Granary.Training.Objectives;
using Granary.Training.Optimizers;

namespace Granary.Training;

/// <summary>
/// Times steps before a run, so that a time budget becomes a number of steps. Leaves parameters and optimizer as they
/// were: the trial update has rate 0 and gradients scaled by 0.
/// </summary>
public sealed class TrialSteps
{
    private readonly DecoderModel _model;
    private readonly IOptimizer _optimizer;
    private readonly TimeProvider _time;

    /// <summary>Times steps of a model.</summary>
    public TrialSteps(DecoderModel model, IOptimizer optimizer, TimeProvider time)
    {
        _model = model;
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
        return SecondsPerStep(RandomPlan(rows, length), tokensPerStep);
    }

    /// <summary>Seconds of a step of <paramref name="tokensPerStep"/> tokens, from one warm and one timed pass of a portion of it.</summary>
    public double SecondsPerStep(ObjectivePlan plan, long tokensPerStep)
    {
        _model.ClearGradients();
        Trainer.ForwardAndBackward(_model, plan, 1 / plan.WeightSum);
        _model.ClearGradients();
        var portion = Timed(() => Trainer.ForwardAndBackward(_model, plan, 1 / plan.WeightSum));
        var norm = Timed(() => _optimizer.GradientNorm());

        // Scaled by zero: the trial update leaves parameters and optimizer as they are.
        var update = Timed(() => _optimizer.Step(1, learningRate: 0, gradientScale: 0));
        _model.ClearGradients();
        return (portion * tokensPerStep / ((double)plan.Rows * plan.Length)) + norm + update;
    }

    private ObjectivePlan RandomPlan(int rows, int length)
    {
        var key = RandomKey.FromSeed(0).Use("trial");
        var ids = new long[rows * length];
        for (var index = 0; index < ids.Length; index++)
        {
            ids[index] = key.BelowAt(index, _model.Spec.VocabSize);
        }

        return new ObjectivePlan
        {
            Rows = rows,
            Length = length,
            Inputs = ids,
            Mask = AttentionMask.Causal(),
            Labels = ids,
            WeightSum = ids.Length,
        };
    }

    private double Timed(Action action)
    {
        var begin = _time.GetTimestamp();
        action();
        return _time.GetElapsedTime(begin).TotalSeconds;
    }
}
