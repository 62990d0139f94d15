namespace Granary.Pipelines.Climb.Clustering;

/// <summary>Two clusters that became one, which is known by the lower of their numbers.</summary>
/// <param name="Into">The lower number, of the first clusters.</param>
/// <param name="From">The other one.</param>
/// <param name="Height">How unlike they are, by the method's measure.</param>
public sealed record ClusterMerge(int Into, int From, double Height);
