namespace Granary.Cluster.Grains;

/// <summary>What a coordinator must know of a job's configuration.</summary>
/// <param name="Name">The run's name.</param>
/// <param name="Gpus">GPUs that the node of the job's own process must have; 0 where it computes without.</param>
public sealed record JobNeeds(string Name, int Gpus = 0);
