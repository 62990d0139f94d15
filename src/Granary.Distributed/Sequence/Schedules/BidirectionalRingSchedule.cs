namespace Granary.Distributed.Sequence.Schedules;

/// <summary>
/// Keys and values of the first half of the query heads go downwards, those of the other half upwards: both directions of every
/// link carry half. Backward, their gradients follow one step behind; a rank's work on itself stays at home.
/// </summary>
/// <remarks>
/// In step s rank r holds the first half's keys of owner r + s and the second half's of owner r - s. In a causal zigzag the
/// downward half leaves out what <see cref="RingSchedule"/> does; the upward half passes all to the ranks behind the wrap, which need it.
/// Bytes of a rank, full: 2k(N - 1) forward and 2(k + k')(N - 1) backward; a key head that both halves read goes both ways.
/// </remarks>
internal sealed class BidirectionalRingSchedule : ISequenceSchedule
{
    private static readonly HeadPart Down = new(0, 2);
    private static readonly HeadPart Up = new(1, 2);

    private readonly SequenceMask _mask;

    public BidirectionalRingSchedule(int ranks, SequenceMask mask, bool isBackward)
    {
        Ranks = ranks;
        IsBackward = isBackward;
        _mask = mask;
    }

    public string Name => SequenceScheduleNames.BidirectionalRing;

    public bool IsBackward { get; }

    public int Ranks { get; }

    public int Steps => IsBackward && Ranks > 1 ? Ranks + 1 : Ranks;

    public RankStep At(int rank, int step)
    {
        var (below, above) = (Around(rank - 1), Around(rank + 1));
        var receives = new List<ParcelTransfer>(4);
        var sends = new List<ParcelTransfer>(4);
        if (step < Ranks - 1)
        {
            receives.AddRange([new(KeysSentDown(above, step), above), new(KeysSentUp(below, step), below)]);
            sends.AddRange([new(KeysSentDown(rank, step), below), new(KeysSentUp(rank, step), above)]);
        }

        if (step > 1 && IsBackward)
        {
            receives.AddRange([new(GradientsSentDown(above, step), above), new(GradientsSentUp(below, step), below)]);
            sends.AddRange([new(GradientsSentDown(rank, step), below), new(GradientsSentUp(rank, step), above)]);
        }

        return new(receives, sends, [.. BlocksAt(rank, step)]);
    }

    public IReadOnlyList<Parcel> Kept(int rank) => [];

    private IEnumerable<BlockTask> BlocksAt(int rank, int step)
    {
        return step == 0 ? VisibleBlocks.Between(rank, rank, _mask, HeadPart.All)
            : step == Ranks ? []
            : VisibleBlocks.Between(rank, Around(rank + step), _mask, Down).Concat(VisibleBlocks.Between(rank, Around(rank - step), _mask, Up));
    }

    private Parcel KeysSentDown(int rank, int step)
    {
        var isWhole = !_mask.IsCausal || (rank > 0 && rank + step < Ranks);
        return new(Payload.KeyValues, Around(rank + step), isWhole ? RowPart.Whole : RowPart.First, Down);
    }

    private Parcel KeysSentUp(int rank, int step)
    {
        return new(Payload.KeyValues, Around(rank - step), RowPart.Whole, Up);
    }

    // The rank below an owner is the first to add, and it alone is an earlier rank if the owner is not rank 0.
    private Parcel GradientsSentDown(int rank, int step)
    {
        var owner = Around(rank + step - 1);
        return new(Payload.KeyValueGradients, owner, _mask.IsCausal && owner == 0 ? RowPart.First : RowPart.Whole, Down);
    }

    private Parcel GradientsSentUp(int rank, int step)
    {
        var owner = Around(rank - (step - 1));
        return new(Payload.KeyValueGradients, owner, _mask.IsCausal && owner < rank ? RowPart.First : RowPart.Whole, Up);
    }

    private int Around(int rank) => (rank + Ranks) % Ranks;
}
