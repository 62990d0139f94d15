namespace Granary.Data.Batching;

/// <summary>
/// Shares of cells with given sums: each cell's amount times one factor for each margin it belongs to, the factors such
/// that every margin has its share of the whole (iterative proportional fitting). Of all such shares these are the
/// nearest to the amounts.
/// </summary>
internal static class Raking
{
    private const int MostRounds = 1_000;
    private const double Tolerance = 1e-12;

    /// <summary>
    /// The cells' shares, 1 in sum, or all 0 where a margin gives no weight to any class that has something. A margin
    /// gives each cell its class and each class its weight, in any unit; what an empty class would have goes to the
    /// others. Where not all margins can hold at once, the last one does.
    /// </summary>
    public static double[] Rake(IReadOnlyList<double> amounts, IReadOnlyList<Margin> margins)
    {
        double[] shares = [.. amounts];
        Scale(shares, new int[shares.Length], [1.0]);
        for (var round = 0; round < MostRounds; round++)
        {
            var change = 0.0;
            foreach (var (classes, weights) in margins)
            {
                change = Math.Max(change, Scale(shares, classes, weights));
            }

            if (change < Tolerance)
            {
                break;
            }
        }

        return shares;
    }

    // Gives each class its share; how far the factors were from 1.
    private static double Scale(double[] shares, int[] classes, IReadOnlyList<double> weights)
    {
        var sums = new double[weights.Count];
        for (var i = 0; i < shares.Length; i++)
        {
            sums[classes[i]] += shares[i];
        }

        var whole = weights.Where((_, i) => sums[i] > 0).Sum();
        if (whole == 0)
        {
            Array.Clear(shares);
            return 0;
        }

        var change = 0.0;
        for (var i = 0; i < shares.Length; i++)
        {
            if (shares[i] > 0)
            {
                var factor = weights[classes[i]] / whole / sums[classes[i]];
                change = Math.Max(change, Math.Abs(factor - 1));
                shares[i] *= factor;
            }
        }

        return change;
    }
}
