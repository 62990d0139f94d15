namespace Granary.Pipelines.Climb.Clustering;

/// <summary>What a run of k-means took and found.</summary>
/// <param name="Seconds">Seconds, without reading the file.</param>
/// <param name="Inertia">The sum of the vectors' squared distances to their centres.</param>
/// <param name="Iterations">Iterations.</param>
/// <param name="Clusters">Clusters that have a vector.</param>
public sealed record KMeansTiming(double Seconds, double Inertia, int Iterations, int Clusters);
