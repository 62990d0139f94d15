namespace Granary.Pipelines.Climb.Mixtures;

/// <summary>How far mixtures lie apart.</summary>
internal static class Distance
{
    /// <summary>The sum of the weights' differences: from 0 to 2.</summary>
    public static double Between(IReadOnlyList<double> a, IReadOnlyList<double> b)
    {
        var sum = 0.0;
        for (var i = 0; i < a.Count; i++)
        {
            sum += Math.Abs(a[i] - b[i]);
        }

        return sum;
    }
}
