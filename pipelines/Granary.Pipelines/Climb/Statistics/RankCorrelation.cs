namespace Granary.Pipelines.Climb.Statistics;

/// <summary>How far two lists of numbers agree on the order of things: from -1, the opposite, to 1, the same.</summary>
public static class RankCorrelation
{
    /// <summary>Spearman's: the correlation of ranks, equal numbers sharing the mean of theirs; 0 where a list is constant.</summary>
    /// <exception cref="ArgumentException">The lists differ in length.</exception>
    public static double Spearman(IReadOnlyList<double> left, IReadOnlyList<double> right)
    {
        RequirePairs(left, right);
        var (lefts, rights) = (Ranks(left), Ranks(right));
        var middle = (left.Count + 1) / 2.0;
        var (both, leftSquares, rightSquares) = (0.0, 0.0, 0.0);
        for (var i = 0; i < lefts.Length; i++)
        {
            both += (lefts[i] - middle) * (rights[i] - middle);
            leftSquares += (lefts[i] - middle) * (lefts[i] - middle);
            rightSquares += (rights[i] - middle) * (rights[i] - middle);
        }

        return leftSquares == 0 || rightSquares == 0 ? 0 : both / Math.Sqrt(leftSquares * rightSquares);
    }

    /// <summary>Spearman's among the best of the scores only, lower being better: what matters when the best is looked for.</summary>
    /// <param name="predictions">What was predicted.</param>
    /// <param name="scores">What it came to.</param>
    /// <param name="share">The share of the scores that counts as best, rounded up; all that equal the worst of these are in.</param>
    /// <exception cref="ArgumentException">The lists differ in length.</exception>
    public static double SpearmanOfBest(IReadOnlyList<double> predictions, IReadOnlyList<double> scores, double share = 0.25)
    {
        RequirePairs(predictions, scores);
        var worst = scores.Order().ElementAtOrDefault((int)Math.Ceiling(share * scores.Count) - 1);
        var best = Enumerable.Range(0, scores.Count).Where(i => scores[i] <= worst).ToList();
        return Spearman([.. best.Select(i => predictions[i])], [.. best.Select(i => scores[i])]);
    }

    /// <summary>Places from 1 in ascending order, equal numbers sharing the mean of theirs.</summary>
    internal static double[] Ranks(IReadOnlyList<double> numbers)
    {
        var order = Enumerable.Range(0, numbers.Count).OrderBy(i => numbers[i]).ToArray();
        var ranks = new double[order.Length];
        for (var first = 0; first < order.Length;)
        {
            var end = first + 1;
            while (end < order.Length && numbers[order[end]] == numbers[order[first]])
            {
                end++;
            }

            foreach (var i in order.AsSpan(first, end - first))
            {
                ranks[i] = (first + 1 + end) / 2.0;
            }

            first = end;
        }

        return ranks;
    }

    private static void RequirePairs(IReadOnlyList<double> left, IReadOnlyList<double> right)
    {
        ArgumentNullException.ThrowIfNull(left);
        ArgumentNullException.ThrowIfNull(right);
        if (left.Count != right.Count)
        {
            throw new ArgumentException($"Numbers are compared in pairs, but there are '{left.Count}' on the left and '{right.Count}' on the right.", nameof(right));
        }
    }
}
