namespace Granary.Distributed.Sequence.Schedules;

/// <summary>Every rank sends its keys and values straight to every other that sees them; backward again, and then their gradients straight home.</summary>
/// <remarks>
/// Bytes of a rank, full: 2k(N - 1) forward and 2(k + k')(N - 1) backward. A rank holds the keys and values of all positions, and
/// each partial sum travels once.
/// </remarks>
internal sealed class AllGatherSchedule : ISequenceSchedule
{
    private readonly SequenceMask _mask;

    public AllGatherSchedule(int ranks, SequenceMask mask, bool isBackward)
    {
        Ranks = ranks;
        IsBackward = isBackward;
        _mask = mask;
    }

    public string Name => SequenceScheduleNames.AllGather;

    public bool IsBackward { get; }

    public int Ranks { get; }

    public int Steps => Ranks == 1 ? 1 : IsBackward ? 3 : 2;

    public RankStep At(int rank, int step)
    {
        var peers = Enumerable.Range(1, Ranks - 1).Select(distance => (rank + distance) % Ranks);
        return step switch
        {
            0 => new(
                [.. peers.SelectMany(peer => Seen(Payload.KeyValues, peer, rank).Select(parcel => new ParcelTransfer(parcel, peer)))],
                [.. peers.SelectMany(peer => Seen(Payload.KeyValues, rank, peer).Select(parcel => new ParcelTransfer(parcel, peer)))],
                [.. VisibleBlocks.Between(rank, rank, _mask, HeadPart.All)]),
            1 => new([], [], [.. peers.SelectMany(peer => VisibleBlocks.Between(rank, peer, _mask, HeadPart.All))]),
            _ => new(
                [.. peers.SelectMany(peer => Seen(Payload.KeyValueGradients, rank, peer).Select(parcel => new ParcelTransfer(parcel, peer)))],
                [.. peers.SelectMany(peer => Seen(Payload.KeyValueGradients, peer, rank).Select(parcel => new ParcelTransfer(parcel, peer)))],
                []),
        };
    }

    public IReadOnlyList<Parcel> Kept(int rank) => [];

    // What a rank's queries see of an owner's keys.
    private IEnumerable<Parcel> Seen(Payload payload, int owner, int rank)
    {
        return VisibleBlocks.Between(rank, owner, _mask, HeadPart.All).Select(block => new Parcel(payload, owner, block.Keys, HeadPart.All));
    }
}
