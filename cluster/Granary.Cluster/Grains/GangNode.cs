namespace Granary.Cluster.Grains;

/// <summary>A node as gangs see it.</summary>
internal sealed class GangNode
{
    /// <summary>Threads that nothing computes with and no gang has reserved.</summary>
    public int Free { get; set; }

    /// <summary>Threads that will be free once what is no gang has ended there.</summary>
    public int Busy { get; set; }

    /// <summary>GPUs that it has.</summary>
    public int Gpus { get; set; }

    /// <summary>When it was last heard of.</summary>
    public long Heard { get; set; }
}
