namespace Granary.Pipelines.Climb.Clustering;

/// <summary>Clusters, and whose each document is.</summary>
/// <param name="Report">The clusters.</param>
/// <param name="Assignments">The cluster of each document.</param>
public sealed record ClusterResult(ClusterReport Report, ClusterAssignments Assignments);
