namespace Granary.Cluster.Workers;

/// <summary>A GPU of this machine.</summary>
/// <param name="Name">What it is called, for people.</param>
/// <param name="Id">What CUDA_VISIBLE_DEVICES calls it.</param>
public sealed record NodeGpu(string Name, string Id);
