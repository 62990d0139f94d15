using Granary.Core.Randomness;
using Granary.Models.Language;
using Granary.Torch;
using Granary.Training.Capture;
using Granary.Training.Objectives;
using Granary.Training.Optimizers;

namespace Granary.Training;

/// <summary>Times whole training steps of a model on random ids: forward, backward, clipping, update.</summary>
/// <remarks>A GPU is waited for before and behind each step. Steps are recorded as in training unless that is not wanted.</remarks>
public sealed class StepBenchmark : IDisposable
{
    private const double PeakLearningRate = 1e-4;

    private readonly LanguageModel _model;
    private readonly IObjective _objective;
    private readonly IOptimizer _optimizer;
    private readonly TimeProvider _time;
    private readonly CapturedSteps? _captured;

    private int _taken;

    /// <summary>Nothing is run yet.</summary>
    public StepBenchmark(LanguageModel model, IObjective objective, IOptimizer optimizer, TimeProvider time, bool records = true)
    {
        _model = model;
        _objective = objective;
        _optimizer = optimizer;
        _time = time;
        _captured = records && CudaStepCapture.For(model) is { } capture ? new CapturedSteps(model, capture) : null;
    }

    /// <summary>Portions of a step, whose gradients add up. Default 1.</summary>
    public int Portions { get; init; } = 1;

    /// <summary>What the model's products are computed in, for the rate that a profile compares with. Default fp32.</summary>
    public TrainingPrecision Precision { get; init; } = TrainingPrecision.Fp32;

    /// <summary>The loss of the last step, before its update.</summary>
    public double Loss { get; private set; } = double.NaN;

    /// <summary>Steps after which all take the same time: with recording the first runs as it is, the second is recorded, and the third is the first launch.</summary>
    public int StepsToSettle => _captured is null ? 0 : 3;

    /// <summary>Whether steps were recorded and launched as one.</summary>
    public bool IsCaptured => _captured is { Graphs: > 0 };

    /// <summary>Why steps could not be recorded; null where they could, or were not meant to be.</summary>
    public string? CaptureFailure => _captured?.Failure;

    /// <summary>The seconds of each step after <paramref name="warmup"/> untimed ones.</summary>
    public IReadOnlyList<double> Run(int rows, int length, int warmup, int steps)
    {
        var seconds = new List<double>();
        for (var step = 0; step < warmup + steps; step++)
        {
            var elapsed = Step(rows, length, _captured);
            if (step >= warmup)
            {
                seconds.Add(elapsed);
            }
        }

        return seconds;
    }

    /// <summary>Where the time of such steps goes, operator by operator; each of them is launched by itself.</summary>
    public StepProfile Profile(int rows, int length, int steps)
    {
        var (matrix, memory) = (MatrixRate.Measure(_time, Precision), MemoryRate.Measure(_time));
        using var profiler = Profiler.Start();
        var collections = GC.CollectionCount(0);
        var allocated = GC.GetAllocatedBytesForCurrentThread();
        var seconds = 0.0;
        for (var step = 0; step < steps; step++)
        {
            seconds += Step(rows, length, captured: null);
        }

        return new StepProfile(profiler.Stop(), steps, seconds, matrix, memory)
        {
            Collections = GC.CollectionCount(0) - collections,
            AllocatedBytes = GC.GetAllocatedBytesForCurrentThread() - allocated,
        };
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _captured?.Dispose();
    }

    private double Step(int rows, int length, CapturedSteps? captured)
    {
        var key = RandomKey.FromSeed(1).Use("benchmark");
        var step = _taken++;
        var plans = Enumerable.Range(0, Portions)
            .Select(portion => _objective.Prepare(RandomRows.Of(key.Fold((step * Portions) + portion), _model.Spec.VocabSize, rows, length), key))
            .ToList();
        return DeviceClock.Seconds(_time, () => Take(step, plans, captured));
    }

    private void Take(int step, List<ObjectivePlan> plans, CapturedSteps? captured)
    {
        var law = new LossLaw(plans);
        var losses = new StepLoss(law);
        ObjectiveView[] views = [.. plans.SelectMany(plan => plan.Views)];
        using (Profiler.Phase("forward"))
        {
            if (captured is not null)
            {
                captured.Run(views, law, losses);
            }
            else
            {
                StepViews.Run(_model, views, law, losses);
            }
        }

        using (Profiler.Phase("optimizer"))
        {
            var norm = _optimizer.GradientNorm();
            Loss = losses.Total;
            _optimizer.Step(step + 1, PeakLearningRate, Math.Min(1, 1 / (norm + 1e-6)));
        }
    }
}
