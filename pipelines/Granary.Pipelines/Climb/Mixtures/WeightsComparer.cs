namespace Granary.Pipelines.Climb.Mixtures;

/// <summary>Mixtures are one when all weights are equal.</summary>
internal sealed class WeightsComparer : IEqualityComparer<IReadOnlyList<double>>
{
    private WeightsComparer()
    {
    }

    /// <summary>The comparer.</summary>
    public static WeightsComparer Instance { get; } = new();

    /// <inheritdoc/>
    public bool Equals(IReadOnlyList<double>? x, IReadOnlyList<double>? y)
    {
        return x is null ? y is null : y is not null && x.SequenceEqual(y);
    }

    /// <inheritdoc/>
    public int GetHashCode(IReadOnlyList<double> obj)
    {
        var hash = default(HashCode);
        foreach (var weight in obj)
        {
            hash.Add(weight);
        }

        return hash.ToHashCode();
    }
}
