using Granary.Torch.Distributed;

namespace Granary.Distributed.Ranks;

/// <summary>How a process joins the others of its run.</summary>
public sealed record RendezvousOptions
{
    /// <summary>This process's number.</summary>
    public required int Rank { get; init; }

    /// <summary>All processes.</summary>
    public required int Size { get; init; }

    /// <summary>The machine of rank 0. Default 127.0.0.1: all ranks are on this one.</summary>
    public string Address { get; init; } = "127.0.0.1";

    /// <summary>The port at which rank 0 is met; it must be free there. Default 29,500.</summary>
    public int Port { get; init; } = 29_500;

    /// <summary>What stands before the keys by which ranks meet; a rank with another one is none of them. Default none.</summary>
    public string Prefix { get; init; } = string.Empty;

    /// <summary>How long ranks wait for each other, here and in every exchange. Default five minutes.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>What carries the tensors; null takes NCCL where there are CUDA devices, else Gloo.</summary>
    public DistributedBackend? Backend { get; init; }

    /// <summary>The network interface that Gloo listens on; null takes the one through which this machine reaches rank 0. Default: what GLOO_SOCKET_IFNAME says.</summary>
    public string? Interface { get; init; } = Environment.GetEnvironmentVariable("GLOO_SOCKET_IFNAME") is { Length: > 0 } name ? name : null;

    /// <summary>Whether ranks compare their calls before anything is sent. Default false, because each call then asks the store.</summary>
    public bool ChecksCalls { get; init; }

    /// <summary>How it is noticed that a rank is gone; null takes what suits the time-out.</summary>
    public FailureWatchOptions? Watch { get; init; }
}
