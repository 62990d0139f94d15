namespace Granary.Pipelines.Climb.Mixtures;

/// <summary>
/// A space with its components sorted by name, and the way there and back. What is computed in it is the same, bit for bit,
/// however the components were listed.
/// </summary>
internal sealed class CanonicalSpace
{
    private readonly int[] _order;

    /// <summary>Creates the sorted space of <paramref name="space"/>.</summary>
    public CanonicalSpace(MixtureSpace space)
    {
        _order = [.. Enumerable.Range(0, space.Count).OrderBy(i => space.Components[i].Name, StringComparer.Ordinal)];
        Space = new MixtureSpace([.. _order.Select(i => space.Components[i])], [.. _order.Select(i => space.MaxWeights[i])]);
    }

    /// <summary>The sorted space.</summary>
    public MixtureSpace Space { get; }

    /// <summary>A mixture of the given space in the sorted order.</summary>
    public double[] Sort(IReadOnlyList<double> weights)
    {
        return Array.ConvertAll(_order, i => weights[i]);
    }

    /// <summary>A mixture of the sorted space in the given order; empty stays empty.</summary>
    public double[] Restore(IReadOnlyList<double> sorted)
    {
        var weights = new double[sorted.Count];
        for (var place = 0; place < weights.Length; place++)
        {
            weights[_order[place]] = sorted[place];
        }

        return weights;
    }
}
