namespace Granary.Distributed.Sequence.Schedules;

/// <summary>Every rank computes all positions of its share of the heads: operands come from all ranks, and results go back to all.</summary>
/// <remarks>
/// (0) q, k and v of each rank's heads go to it; backward only the output gradients, where the operands of forward were kept ·
/// (1) compute · (2) outputs, or dq, dk and dv, go home.
/// Bytes of a rank: (2u + 2k + lse)(N - 1)/N forward and (u + u' + 2k' + lse + delta)(N - 1)/N backward; with fewer key heads than ranks a
/// key head goes to every rank that reads it (arXiv 2309.14509).
/// </remarks>
internal sealed class UlyssesSchedule : ISequenceSchedule
{
    private readonly SequenceMask _mask;
    private readonly bool _keepsOperands;
    private readonly Payload[] _operands;
    private readonly Payload[] _sums;

    public UlyssesSchedule(int ranks, SequenceMask mask, bool isBackward, bool keepsOperands)
    {
        Ranks = ranks;
        IsBackward = isBackward;
        _mask = mask;
        _keepsOperands = isBackward && keepsOperands;
        _operands = PassPayloads.Operands(isBackward, keepsOperands);
        _sums = PassPayloads.Sums(isBackward);
    }

    public string Name => SequenceScheduleNames.Ulysses;

    public bool IsBackward { get; }

    public int Ranks { get; }

    public int Steps => Ranks == 1 ? 1 : 3;

    public RankStep At(int rank, int step)
    {
        return (Ranks == 1 ? 1 : step) switch
        {
            0 => new([.. Bring(rank, _operands)], [.. Give(rank, _operands)], []),
            1 => new([], [], [.. Blocks(rank)]),
            _ => new([.. Give(rank, _sums)], [.. Bring(rank, _sums)], []),
        };
    }

    public IReadOnlyList<Parcel> Kept(int rank)
    {
        return _keepsOperands ? [.. Bring(rank, [Payload.Queries, Payload.KeyValues]).Select(transfer => transfer.Parcel)] : [];
    }

    // A rank's own positions of the others' heads.
    private IEnumerable<ParcelTransfer> Give(int rank, Payload[] payloads)
    {
        return PeersOf(rank).SelectMany(peer => payloads.Select(payload => new ParcelTransfer(new(payload, rank, RowPart.Whole, new(peer, Ranks)), peer)));
    }

    // The others' positions of a rank's heads.
    private IEnumerable<ParcelTransfer> Bring(int rank, Payload[] payloads)
    {
        return PeersOf(rank).SelectMany(peer => payloads.Select(payload => new ParcelTransfer(new(payload, peer, RowPart.Whole, new(rank, Ranks)), peer)));
    }

    private IEnumerable<BlockTask> Blocks(int rank)
    {
        return Enumerable.Range(0, Ranks).SelectMany(queries => Enumerable.Range(0, Ranks).SelectMany(keys => VisibleBlocks.Between(queries, keys, _mask, new(rank, Ranks))));
    }

    private IEnumerable<int> PeersOf(int rank) => Enumerable.Range(1, Ranks - 1).Select(distance => (rank + distance) % Ranks);
}
