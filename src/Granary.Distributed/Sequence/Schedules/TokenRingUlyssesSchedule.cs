namespace Granary.Distributed.Sequence.Schedules;

/// <summary>
/// Groups of U neighbouring ranks share the heads as in <see cref="UlyssesSchedule"/>, and among R = N/U groups the queries go
/// round as in <see cref="TokenRingSchedule"/>.
/// </summary>
/// <remarks>
/// (0) inside a group, each rank gets its share of the heads of the group's positions · (1) to (R + 1) the ranks of the same
/// share in all groups run a TokenRing of R, of which each station holds the positions of a whole group · (R + 2) inside a group,
/// results go to the positions' owners. In a zigzag all of a later group's owners come behind all of an earlier one's, so the
/// same halves can be left out.
/// Bytes of a rank, full, without lse and delta: (2u + 2k)(U - 1)/U + 2u(R - 1) forward and (u + u' + 2k')(U - 1)/U + (2u + u')(R - 1) backward
/// (arXiv 2405.07719, with TokenRing in the ring's place).
/// </remarks>
internal sealed class TokenRingUlyssesSchedule : ISequenceSchedule
{
    private readonly SequenceMask _mask;
    private readonly int _groupSize;
    private readonly bool _keepsOperands;
    private readonly Payload[] _moving;
    private readonly Payload _returning;
    private readonly Payload[] _operands;
    private readonly Payload[] _sums;

    public TokenRingUlyssesSchedule(int ranks, int groupSize, SequenceMask mask, bool isBackward, bool keepsOperands)
    {
        Ranks = ranks;
        IsBackward = isBackward;
        _mask = mask;
        _groupSize = groupSize;
        _keepsOperands = isBackward && keepsOperands;
        _moving = PassPayloads.WithQueries(isBackward);
        _returning = PassPayloads.SumOfQueries(isBackward);
        _operands = PassPayloads.Operands(isBackward, keepsOperands);
        _sums = PassPayloads.Sums(isBackward);
    }

    public string Name => SequenceScheduleNames.TokenRingUlysses;

    public bool IsBackward { get; }

    public int Ranks { get; }

    public int Steps => Groups + 3;

    /// <summary>Ranks U that share the heads.</summary>
    internal int GroupSize => _groupSize;

    private int Groups => Ranks / _groupSize;

    public RankStep At(int rank, int step)
    {
        return step == 0 ? new([.. Bring(rank, _operands)], [.. Give(rank, _operands)], [])
            : step == Groups + 2 ? new([.. Give(rank, _sums)], [.. Bring(rank, _sums)], [])
            : InRing(rank, step - 1);
    }

    public IReadOnlyList<Parcel> Kept(int rank)
    {
        return _keepsOperands ? [.. Bring(rank, [Payload.Queries, Payload.KeyValues]).Select(transfer => transfer.Parcel)] : [];
    }

    // A rank's own positions of the heads of the others in its group.
    private IEnumerable<ParcelTransfer> Give(int rank, Payload[] payloads)
    {
        return PeersOf(rank).SelectMany(peer => payloads.Select(payload => new ParcelTransfer(new(payload, rank, RowPart.Whole, HeadsOf(peer)), peer)));
    }

    // The positions of the others in its group, of a rank's heads.
    private IEnumerable<ParcelTransfer> Bring(int rank, Payload[] payloads)
    {
        return PeersOf(rank).SelectMany(peer => payloads.Select(payload => new ParcelTransfer(new(payload, peer, RowPart.Whole, HeadsOf(rank)), peer)));
    }

    private RankStep InRing(int rank, int step)
    {
        var group = rank / _groupSize;
        var receives = new List<ParcelTransfer>();
        var sends = new List<ParcelTransfer>();
        if (step < Groups - 1)
        {
            var (below, above) = (Around(group - 1), Around(group + 1));
            receives.AddRange(OperandsSentBy(above, step, rank).Select(parcel => new ParcelTransfer(parcel, InGroup(above, rank))));
            sends.AddRange(OperandsSentBy(group, step, rank).Select(parcel => new ParcelTransfer(parcel, InGroup(below, rank))));
        }

        if (step >= 2)
        {
            var (computing, owning) = (Around(group - (step - 1)), Around(group + step - 1));
            receives.AddRange(SumsSentBy(computing, step, rank).Select(parcel => new ParcelTransfer(parcel, InGroup(computing, rank))));
            sends.AddRange(SumsSentBy(group, step, rank).Select(parcel => new ParcelTransfer(parcel, InGroup(owning, rank))));
        }

        return new(receives, sends, [.. BlocksAt(rank, step)]);
    }

    private IEnumerable<BlockTask> BlocksAt(int rank, int step)
    {
        var group = rank / _groupSize;
        var queries = OwnersIn(Around(group + step)).ToList();
        return OwnersIn(group).SelectMany(key => queries.SelectMany(query =>
            step == 0 ? VisibleBlocks.FirstHalf(query, key, _mask, HeadsOf(rank))
            : step == Groups ? VisibleBlocks.SecondHalf(query, key, _mask, HeadsOf(rank))
            : VisibleBlocks.Between(query, key, _mask, HeadsOf(rank))));
    }

    private IEnumerable<Parcel> OperandsSentBy(int group, int step, int rank)
    {
        var rows = !_mask.IsCausal || (group > 0 && group + step < Groups) ? RowPart.Whole : RowPart.Second;
        return OwnersIn(Around(group + step)).SelectMany(owner => _moving.Select(payload => new Parcel(payload, owner, rows, HeadsOf(rank))));
    }

    private IEnumerable<Parcel> SumsSentBy(int group, int step, int rank)
    {
        var rows = !_mask.IsCausal || group + step - 1 < Groups ? RowPart.Whole : RowPart.Second;
        return OwnersIn(Around(group + step - 1)).Select(owner => new Parcel(_returning, owner, rows, HeadsOf(rank)));
    }

    private HeadPart HeadsOf(int rank) => new(rank % _groupSize, _groupSize);

    private IEnumerable<int> OwnersIn(int group) => Enumerable.Range(group * _groupSize, _groupSize);

    private IEnumerable<int> PeersOf(int rank)
    {
        return Enumerable.Range(1, _groupSize - 1).Select(distance => InGroup(rank / _groupSize, rank + distance));
    }

    // The rank of a group that has the heads of another group's rank.
    private int InGroup(int group, int rank) => (group * _groupSize) + (rank % _groupSize);

    private int Around(int group) => (group + Groups) % Groups;
}
