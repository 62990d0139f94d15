using Granary.Core.Randomness;
using Granary.Models.Decoder;
using Granary.Torch.Kernels;
using Granary.Training.Objectives;
using Granary.Training.Optimizers;

namespace Granary.Training;

/// <summary>Times whole training steps of a model on random ids: forward, backward, clipping, update.</summary>
public static class StepBenchmark
{
    private const double PeakLearningRate = 1e-4;

    /// <summary>The seconds of each step after <paramref name="warmup"/> untimed ones.</summary>
    public static IReadOnlyList<double> Run(DecoderModel model, IOptimizer optimizer, int rows, int length, int warmup, int steps, TimeProvider time)
    {
        var key = RandomKey.FromSeed(1).Use("benchmark");
        var seconds = new List<double>();
        for (var step = 0; step < warmup + steps; step++)
        {
            var plan = RandomPlan(key.Fold(step), model.Spec.VocabSize, rows, length);
            var begin = time.GetTimestamp();
            model.ClearGradients();
            Trainer.ForwardAndBackward(model, plan, 1 / plan.WeightSum);
            var norm = optimizer.GradientNorm();
            optimizer.Step(step + 1, PeakLearningRate, Math.Min(1, 1 / (norm + 1e-6)));
            if (step >= warmup)
            {
                seconds.Add(time.GetElapsedTime(begin).TotalSeconds);
            }
        }

        return seconds;
    }

    private static ObjectivePlan RandomPlan(RandomKey key, int vocabulary, int rows, int length)
    {
        var ids = new long[rows * length];
        for (var index = 0; index < ids.Length; index++)
        {
            ids[index] = key.BelowAt(index, vocabulary);
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
}
