namespace Granary.Torch.Distributed;

/// <summary>A tensor to or from one peer; what is sent with a tag is received with it, in the order in which it was sent.</summary>
/// <param name="IsSend">Whether the tensor goes out; else it is overwritten by what comes.</param>
/// <param name="Tensor">Contiguous.</param>
/// <param name="Peer">The peer's rank in the group.</param>
/// <param name="Tag">From 0 to below <see cref="ProcessGroup.FirstReservedTag"/>.</param>
public readonly record struct PeerOperation(bool IsSend, Tensor Tensor, int Peer, int Tag)
{
    /// <summary>Sends a tensor.</summary>
    public static PeerOperation Send(Tensor tensor, int peer, int tag = 0) => new(IsSend: true, tensor, peer, tag);

    /// <summary>Receives into a tensor.</summary>
    public static PeerOperation Receive(Tensor tensor, int peer, int tag = 0) => new(IsSend: false, tensor, peer, tag);
}
