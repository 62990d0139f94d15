using Granary.Core.Randomness;

namespace Granary.Pipelines.Climb.Statistics;

/// <summary>How much two methods differ that were run on the same seeds: intervals from drawing the differences again and again (Efron).</summary>
public static class PairedBootstrap
{
    private const int Draws = 10_000;
    private const int Tail = Draws / 40; // 2.5 % a side

    /// <summary>The mean of left - right, with its 95 % interval, which takes two pairs or more.</summary>
    /// <exception cref="ArgumentException">There is no pair, or the lists differ in length.</exception>
    public static ConfidenceInterval Of(IReadOnlyList<double> left, IReadOnlyList<double> right, RandomKey key)
    {
        ArgumentNullException.ThrowIfNull(left);
        ArgumentNullException.ThrowIfNull(right);
        if (left.Count != right.Count || left.Count == 0)
        {
            throw new ArgumentException($"Methods are compared in pairs of one seed, but there are '{left.Count}' results of one and '{right.Count}' of the other.", nameof(right));
        }

        var differences = left.Zip(right, (a, b) => a - b).ToArray();
        if (differences.Length == 1)
        {
            // Drawn again and again, one difference is always itself: that is no certainty.
            return new ConfidenceInterval(differences[0], double.NaN, double.NaN);
        }

        var means = new double[Draws];
        for (var draw = 0; draw < Draws; draw++)
        {
            var stream = key.Fold(draw);
            for (var i = 0; i < differences.Length; i++)
            {
                means[draw] += differences[stream.BelowAt(i, differences.Length)] / differences.Length;
            }
        }

        Array.Sort(means);
        return new ConfidenceInterval(differences.Average(), means[Tail], means[^(Tail + 1)]);
    }
}
