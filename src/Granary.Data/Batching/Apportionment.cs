namespace Granary.Data.Batching;

/// <summary>Divides a total by weights where no part may have more than its bound.</summary>
internal static class Apportionment
{
    /// <summary>
    /// Each part's amount: in proportion to its weight, or its bound where that is less; what a full part cannot take
    /// goes to the others in proportion. Sums to the total, or to all bounds of parts with a weight where that is less.
    /// </summary>
    public static double[] Fill(double total, IReadOnlyList<double> weights, IReadOnlyList<double> bounds)
    {
        var filled = new double[weights.Count];
        var open = Enumerable.Range(0, filled.Length).Where(i => weights[i] > 0 && bounds[i] > 0).ToList();
        while (open.Count > 0)
        {
            var level = total / open.Sum(i => weights[i]);
            var full = open.Where(i => level * weights[i] >= bounds[i]).ToList();
            foreach (var i in full.Count > 0 ? full : open)
            {
                filled[i] = Math.Min(level * weights[i], bounds[i]);
                total -= filled[i];
            }

            open = full.Count > 0 ? [.. open.Except(full)] : [];
        }

        return filled;
    }

    /// <summary>The same in whole numbers: each part has its amount rounded down or up, the largest remainders up, ties to the first.</summary>
    public static long[] Split(long total, IReadOnlyList<double> weights, IReadOnlyList<long> bounds)
    {
        var amounts = Fill(total, weights, [.. bounds.Select(bound => (double)bound)]);
        var parts = amounts.Select((amount, i) => Math.Min((long)amount, bounds[i])).ToArray();
        var left = total - parts.Sum();
        var order = Enumerable.Range(0, parts.Length).Where(i => weights[i] > 0).OrderByDescending(i => amounts[i] - parts[i]).ToList();
        for (var given = 1L; left > 0 && given > 0; left -= given)
        {
            given = 0;
            foreach (var i in order)
            {
                if (given < left && parts[i] < bounds[i])
                {
                    parts[i]++;
                    given++;
                }
            }
        }

        return parts;
    }
}
