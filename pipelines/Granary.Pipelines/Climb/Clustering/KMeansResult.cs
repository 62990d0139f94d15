namespace Granary.Pipelines.Climb.Clustering;

/// <summary>What k-means found.</summary>
/// <param name="Centers">The centres; each has at least one row.</param>
/// <param name="Assignment">The centre of each row.</param>
/// <param name="Inertia">The sum of the rows' squared distances to their centres.</param>
/// <param name="Iterations">Iterations that were made.</param>
internal sealed record KMeansResult(RowMatrix Centers, int[] Assignment, double Inertia, int Iterations);
