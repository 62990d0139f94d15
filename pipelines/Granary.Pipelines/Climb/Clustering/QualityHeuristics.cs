namespace Granary.Pipelines.Climb.Clustering;

/// <summary>Scores.</summary>
internal static class QualityHeuristics
{
    public static IReadOnlyList<string> Names { get; } = [];
}
