namespace Granary.Pipelines.Climb.Clustering;

/// <summary>What one bound on quality left out; a cluster that is out of two bounds counts with both.</summary>
/// <param name="Score">The score's name.</param>
/// <param name="Clusters">Clusters out of its bounds.</param>
/// <param name="Documents">Their documents.</param>
/// <param name="Bytes">The bytes of these.</param>
public sealed record PrunedScore(string Score, int Clusters, long Documents, long Bytes);
