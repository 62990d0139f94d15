using System.Numerics;
using Granary.Core.Randomness;
using Granary.Data.Batching;

namespace Granary.Training.Objectives.Hiding.Tests;

/// <summary>A distribution of three bits whose conditionals are known: a model that cannot be improved. Ids behind a first one that is always visible.</summary>
internal sealed class BinaryJoint
{
    internal const int Length = 3;

    private static readonly double[] Weights = [0.30, 0.02, 0.05, 0.18, 0.01, 0.22, 0.15, 0.07]; // of the values 0 .. 7

    /// <summary>In nats.</summary>
    internal double Entropy => -Weights.Sum(weight => weight * Math.Log(weight));

    internal long[] Draw(RandomKey key)
    {
        var (left, value) = (key.DoubleAt(0), 0);
        while (value < Weights.Length - 1 && left >= Weights[value])
        {
            left -= Weights[value];
            value++;
        }

        return [.. Enumerable.Range(0, Length).Select(bit => (long)(value >> bit) & 1)];
    }

    /// <summary>The mean loss of a hidden bit when so many are hidden: over all sets of that many, all values and the set's bits.</summary>
    internal double MeanLoss(int hidden)
    {
        var sets = Enumerable.Range(0, 1 << Length).Where(set => BitOperations.PopCount((uint)set) == hidden).ToList();
        return sets.Average(set => Bits(set).Average(bit => Enumerable.Range(0, Weights.Length).Sum(value => Weights[value] * Loss(value, set, bit))));
    }

    /// <summary>The objective's loss of rows with these conditionals in the model's place, and its standard error.</summary>
    internal (double Loss, double Sigma) LossOf(BatchSlice rows, IObjective objective, RandomKey key)
    {
        var parts = Enumerable.Range(0, rows.Rows).Select(row => PartsOf(rows, row, objective, key)).ToList();
        var (sum, denominator) = (parts.Sum(part => part.Sum), parts.Sum(part => part.Denominator));
        var loss = sum / denominator;

        // Of a ratio of two sums, by the delta method.
        var variance = parts.Sum(part => Math.Pow(part.Sum - (loss * part.Denominator), 2));
        return (loss, Math.Sqrt(variance) / denominator);
    }

    private static (double Sum, double Denominator) PartsOf(BatchSlice rows, int row, IObjective objective, RandomKey key)
    {
        var (start, width) = (row * rows.Length, rows.Length);
        var one = new BatchSlice(1, width, rows.Tokens.Slice(start, width), rows.Targets.Slice(start, width), default, FirstRow: row);
        var target = objective.Prepare(one, key).Views.Single().Targets.Single();
        var labels = target.Labels.ToArray()[1..];
        var value = Enumerable.Range(0, Length).Sum(bit => (int)one.Tokens.Span[bit + 1] << bit);
        var hidden = Enumerable.Range(0, Length).Where(bit => labels[bit] != TokenBatch.IgnoredTarget).Sum(bit => 1 << bit);
        return (Bits(hidden).Sum(bit => (target.Weights?.Span[bit + 1] ?? 1) * Loss(value, hidden, bit)), target.Denominator);
    }

    // -log p(the bit | the bits that are not hidden).
    private static double Loss(int value, int hidden, int bit)
    {
        var visible = ~hidden & ((1 << Length) - 1);
        var consistent = Enumerable.Range(0, Weights.Length).Where(other => ((other ^ value) & visible) == 0).ToList();
        var agreeing = consistent.Where(other => (((other ^ value) >> bit) & 1) == 0);
        return Math.Log(consistent.Sum(other => Weights[other])) - Math.Log(agreeing.Sum(other => Weights[other]));
    }

    private static IEnumerable<int> Bits(int set) => Enumerable.Range(0, Length).Where(bit => ((set >> bit) & 1) == 1);
}
