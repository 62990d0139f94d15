using Granary.Core.Randomness;
using Granary.Models.Language;
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
        var key = RandomKey.FromSeed(1).Use("benchmark");
        var seconds = new List<double>();
        for (var step = 0; step < warmup + steps; step++)
        {
            var plan = objective.Prepare(RandomRows.Of(key.Fold(step), model.Spec.VocabSize, rows, length), key);
            var begin = time.GetTimestamp();
            model.ClearGradients();
            ViewPass.Run(model, plan);
            var norm = optimizer.GradientNorm();
            optimizer.Step(step + 1, PeakLearningRate, Math.Min(1, 1 / (norm + 1e-6)));
            if (step >= warmup)
            {
                seconds.Add(time.GetElapsedTime(begin).TotalSeconds);
            }
        }

        return seconds;
    }
}
