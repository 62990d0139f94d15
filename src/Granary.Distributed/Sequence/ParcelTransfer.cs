namespace Granary.Distributed.Sequence;

/// <summary>A parcel to or from a peer.</summary>
/// <param name="Parcel">What travels.</param>
/// <param name="Peer">The rank it goes to or comes from.</param>
public readonly record struct ParcelTransfer(Parcel Parcel, int Peer);
