namespace Granary.Cluster.Grains;

/// <summary>What a node has free when it asks for work.</summary>
/// <param name="Node">The node's id.</param>
/// <param name="Threads">Threads that nothing computes with.</param>
/// <param name="Drivers">Places for jobs' own processes.</param>
/// <param name="AcceptsRanks">Whether it takes ranks of training jobs.</param>
/// <param name="Gpus">GPUs that it has, free or not: work shares them.</param>
public sealed record NodeOffer(string Node, int Threads, int Drivers, bool AcceptsRanks, int Gpus = 0);
