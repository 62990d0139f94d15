namespace Granary.Torch.Distributed;

/// <summary>What carries tensors between ranks.</summary>
public enum DistributedBackend
{
    /// <summary>TCP between main memories.</summary>
    Gloo,

    /// <summary>NVIDIA's library between GPUs.</summary>
    Nccl,
}
