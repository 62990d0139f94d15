using Granary.Core.Randomness;
using Granary.Data.Batching;
using Granary.Models.Language;
using Granary.Training.Objectives;
using Granary.Training.Optimizers;

namespace Granary.Training;

/// <summary>Times whole training steps of a model on the batches of a source.</summary>
public static class BatchBenchmark
{
    private const double PeakLearningRate = 1e-4;

    /// <summary>Takes steps one after the other, each in one portion.</summary>
    public static BatchTiming Run(LanguageModel model, IOptimizer optimizer, IBatchSource batches, long firstStep, int steps, TimeProvider time)
    {
        var (seconds, loading, tokens, pairs) = (0.0, 0.0, 0L, 0.0);
        for (var step = firstStep; step < firstStep + steps; step++)
        {
            var begin = time.GetTimestamp();
            using var batch = batches.Load(step);
            loading += time.GetElapsedTime(begin).TotalSeconds;
            TakeStep(model, optimizer, batch);
            seconds += time.GetElapsedTime(begin).TotalSeconds;
            tokens += (long)batch.Rows * batch.Length;
            pairs += CountPairs(batch);
        }

        return new BatchTiming(seconds, loading, tokens, pairs / tokens);
    }

    /// <summary>Pairs of a position and one in front of it that it sees.</summary>
    internal static double CountPairs(TokenBatch batch)
    {
        if (batch.Segments.IsEmpty)
        {
            return batch.Rows * (batch.Length * (batch.Length - 1.0) / 2);
        }

        var pairs = 0.0;
        for (var row = 0; row < batch.Rows; row++)
        {
            var segments = batch.Segments.Slice(row * batch.Length, batch.Length);
            var inSegment = 0;
            for (var i = 1; i < segments.Length; i++)
            {
                inSegment = segments[i] == segments[i - 1] && segments[i] != 0 ? inSegment + 1 : 0;
                pairs += inSegment;
            }
        }

        return pairs;
    }

    private static void TakeStep(LanguageModel model, IOptimizer optimizer, TokenBatch batch)
    {
        var plan = new NextTokenConfig().Build().Prepare(batch.Slice(0, batch.Rows), RandomKey.FromSeed(1));
        model.ClearGradients();
        ViewPass.Run(model, plan);
        var norm = optimizer.GradientNorm();
        optimizer.Step(batch.Step + 1, PeakLearningRate, Math.Min(1, 1 / (norm + 1e-6)));
    }
}
