namespace Granary.Pipelines.Climb.Search;

/// <summary>Splits a number of trials.</summary>
internal static class Shares
{
    /// <summary>A total in the proportions of <paramref name="parts"/>, by largest remainders; no part is 0.</summary>
    public static IReadOnlyList<int> Of(int total, IReadOnlyList<int> parts)
    {
        var sum = parts.Sum();
        var shares = parts.Select(part => Math.Max(1, (int)((long)total * part / sum))).ToArray();
        var order = Enumerable.Range(0, shares.Length).OrderByDescending(i => (double)total * parts[i] / sum % 1).ToArray();
        for (var turn = 0; shares.Sum() < total; turn++)
        {
            shares[order[turn % order.Length]]++;
        }

        while (shares.Sum() > total)
        {
            shares[Array.IndexOf(shares, shares.Max())]--;
        }

        return shares;
    }
}
