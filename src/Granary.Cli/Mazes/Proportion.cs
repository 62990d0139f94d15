namespace Granary.Cli.Mazes;

/// <summary>A share that was counted, with the interval in which the true one lies in 95 of 100 cases (Wilson's).</summary>
/// <param name="Value">The share.</param>
/// <param name="Low">The interval's lower end.</param>
/// <param name="High">The interval's upper end.</param>
internal readonly record struct Proportion(double Value, double Low, double High)
{
    private const double Deviations = 1.959964;

    /// <summary>The share of so many in so many.</summary>
    internal static Proportion Of(long part, long whole)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(whole);
        var (share, squared) = ((double)part / whole, Deviations * Deviations);
        var middle = (share + (squared / (2.0 * whole))) / (1 + (squared / whole));
        var half = Deviations * Math.Sqrt((share * (1 - share) / whole) + (squared / (4.0 * whole * whole))) / (1 + (squared / whole));
        return new Proportion(share, Math.Max(0, middle - half), Math.Min(1, middle + half));
    }
}
