namespace Granary.Cluster.Grains;

/// <summary>What a dataset has to grant, and what of it runs.</summary>
/// <param name="Waiting">How many threads the shards have that wait, each number once.</param>
/// <param name="Running">The shards that are worked on.</param>
/// <param name="IsOver">Whether nothing is left to do.</param>
public sealed record DatasetDemand(IReadOnlyList<int> Waiting, IReadOnlyList<RunningShard> Running, bool IsOver);
