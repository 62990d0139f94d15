using Granary.Core.Randomness;
using Granary.Models.Language;
using Granary.Torch;
using Granary.Training.Objectives;
using Granary.Training.Optimizers;

namespace Granary.Training;

/// <summary>Times whole training steps of a model on random ids: forward, backward, clipping, update.</summary>
public static class StepBenchmark
{
    private const double PeakLearningRate = 1e-4;

    /// <summary>The seconds of each step after <paramref name="warmup"/> untimed ones.</summary>
    public static IReadOnlyList<double> Run(LanguageModel model, IObjective objective, IOptimizer optimizer, int rows, int length, int warmup, int steps, TimeProvider time)
    {
        var seconds = new List<double>();
        for (var step = 0; step < warmup + steps; step++)
        {
            var elapsed = Step(model, objective, optimizer, (rows, length), step, time);
            if (step >= warmup)
            {
                seconds.Add(elapsed);
            }
        }

        return seconds;
    }

    /// <summary>Where the time of such steps goes, operator by operator; the steps follow those that were timed.</summary>
    public static StepProfile Profile(LanguageModel model, IObjective objective, IOptimizer optimizer, int rows, int length, int begin, int steps, TimeProvider time)
    {
        var (matrix, memory) = (MatrixRate.Measure(time), MemoryRate.Measure(time));
        using var profiler = Profiler.Start();
        var collections = GC.CollectionCount(0);
        var allocated = GC.GetAllocatedBytesForCurrentThread();
        var seconds = 0.0;
        for (var step = 0; step < steps; step++)
        {
            seconds += Step(model, objective, optimizer, (rows, length), begin + step, time);
        }

        return new StepProfile(profiler.Stop(), steps, seconds, matrix, memory)
        {
            Collections = GC.CollectionCount(0) - collections,
            AllocatedBytes = GC.GetAllocatedBytesForCurrentThread() - allocated,
        };
    }

    private static double Step(LanguageModel model, IObjective objective, IOptimizer optimizer, (int Rows, int Length) shape, int step, TimeProvider time)
    {
        var key = RandomKey.FromSeed(1).Use("benchmark");
        var plan = objective.Prepare(RandomRows.Of(key.Fold(step), model.Spec.VocabSize, shape.Rows, shape.Length), key);
        var begin = time.GetTimestamp();
        using (Profiler.Phase("forward"))
        {
            model.ClearGradients();
            ViewPass.Run(model, plan);
        }

        using (Profiler.Phase("optimizer"))
        {
            var norm = optimizer.GradientNorm();
            optimizer.Step(step + 1, PeakLearningRate, Math.Min(1, 1 / (norm + 1e-6)));
        }

        return time.GetElapsedTime(begin).TotalSeconds;
    }
}
