namespace Granary.Pipelines.Climb.Mixtures;

/// <summary>Which runs are of one mixture: they tell of each other, so none of them is unseen while another is known.</summary>
internal static class Repeats
{
    /// <summary>The rows of each mixture, mixtures in the order in which each comes first.</summary>
    public static IReadOnlyList<int[]> Of(IReadOnlyList<double[]> mixtures)
    {
        return [.. Enumerable.Range(0, mixtures.Count).GroupBy(row => (IReadOnlyList<double>)mixtures[row], WeightsComparer.Instance).Select(rows => rows.ToArray())];
    }
}
