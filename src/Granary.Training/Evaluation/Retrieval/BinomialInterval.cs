namespace Granary.Training.Evaluation.Retrieval;

/// <summary>Where a share lies, with 95 % confidence, of which some items were counted (Wilson's score interval).</summary>
/// <param name="Low">The lower end.</param>
/// <param name="High">The upper end.</param>
public readonly record struct BinomialInterval(double Low, double High)
{
    private const double Deviations = 1.959963984540054; // of a normal draw, which 95 % do not exceed

    /// <summary>The interval of <paramref name="hits"/> among <paramref name="items"/>; all of [0, 1] without items.</summary>
    public static BinomialInterval Of(int hits, int items)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(hits);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(hits, items);
        if (items == 0)
        {
            return new BinomialInterval(0, 1);
        }

        var (share, z2) = ((double)hits / items, Deviations * Deviations);
        var middle = (share + (z2 / (2 * items))) / (1 + (z2 / items));
        var reach = Deviations * Math.Sqrt((share * (1 - share) / items) + (z2 / (4.0 * items * items))) / (1 + (z2 / items));
        return new BinomialInterval(Math.Max(0, middle - reach), Math.Min(1, middle + reach));
    }
}
