namespace Granary.Pipelines.Climb.Mixtures;

/// <summary>
/// Systematic sampling: draw j takes the component in which (j + offset) / draws falls when the weights are laid end to end,
/// so each component is drawn its share of times, never a whole draw more or less. Independent draws would be off by the square root.
/// </summary>
public static class SystematicSampling
{
    /// <summary>How often each component is drawn.</summary>
    /// <param name="weights">Weights that sum to 1.</param>
    /// <param name="draws">Draws in all.</param>
    /// <param name="offset">From 0 to below 1; a random one makes the counts right on average.</param>
    public static int[] Counts(IReadOnlyList<double> weights, int draws, double offset)
    {
        ArgumentNullException.ThrowIfNull(weights);
        ArgumentOutOfRangeException.ThrowIfNegative(draws);
        var counts = new int[weights.Count];
        var (end, taken) = (0.0, 0);
        var last = weights.Index().Last(entry => entry.Item > 0).Index;
        for (var i = 0; i <= last; i++)
        {
            // Draws j with j + offset below the component's end belong to it or to those before; rounding must not lose the last one.
            end += weights[i];
            var upTo = i == last ? draws : Math.Clamp((int)Math.Ceiling((end * draws) - offset), taken, draws);
            (counts[i], taken) = (upTo - taken, upTo);
        }

        return counts;
    }
}
