namespace Granary.Torch.Distributed;

/// <summary>What a process group is made with.</summary>
public sealed record ProcessGroupOptions
{
    /// <summary>This process's number.</summary>
    public required int Rank { get; init; }

    /// <summary>Members of the group.</summary>
    public required int Size { get; init; }

    /// <summary>What carries the tensors. Default Gloo.</summary>
    public DistributedBackend Backend { get; init; } = DistributedBackend.Gloo;

    /// <summary>How long members are waited for, when they meet and in each exchange. Default five minutes.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>The name under which the members meet in the store. Default "world".</summary>
    public string Name { get; init; } = "world";

    /// <summary>The network interface that Gloo listens on, as GLOO_SOCKET_IFNAME names it; null for the one that <see cref="Host"/> belongs to.</summary>
    public string? Interface { get; init; }

    /// <summary>This machine's name or address for its peers; null for what the machine calls itself.</summary>
    public string? Host { get; init; }

    /// <summary>
    /// Whether members that run on one machine as one user read what they exchange from each other's memory, over Gloo and where
    /// the system lets them; all say the same. Default true: it takes a copy less than the network and none of its protocol.
    /// </summary>
    public bool ReadsMemory { get; init; } = true;

    /// <summary>Whether members compare their calls before anything is sent. Default false, because each call then asks the store.</summary>
    public bool ChecksCalls { get; init; }

    /// <summary>Tells who is gone when an exchange fails; null leaves it at the peer that it failed with.</summary>
    public IFailureDiagnosis? Diagnosis { get; init; }
}
