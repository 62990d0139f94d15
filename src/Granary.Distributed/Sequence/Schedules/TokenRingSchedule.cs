namespace Granary.Distributed.Sequence.Schedules;

/// <summary>
/// Keys and values stay. Queries go from rank to rank, and each partial result goes straight back to the queries' owner one step
/// later, over another link. Backward the output gradients travel with the queries, dq returns, and dk and dv never travel.
/// </summary>
/// <remarks>
/// In step s rank r holds the queries of owner r + s, and returns what it computed of owner r + s - 1. The work of a rank on
/// itself is cut in two: one half covers the first hop, the other the last return, in step N.
/// In a causal zigzag, behind the wrap from rank 0 to rank N - 1 only the owner's second run is needed, and returns.
/// Bytes of a rank, full: (2u + lse)(N - 1) forward and (2u + u' + lse + delta)(N - 1) backward, with u one rank's queries and u' their
/// gradient (arXiv 2412.20501, whose backward is Burst's operands, arXiv 2403.09347, with this return).
/// </remarks>
internal sealed class TokenRingSchedule : ISequenceSchedule
{
    private readonly SequenceMask _mask;
    private readonly Payload[] _operands;
    private readonly Payload _sum;

    public TokenRingSchedule(int ranks, SequenceMask mask, bool isBackward)
    {
        Ranks = ranks;
        IsBackward = isBackward;
        _mask = mask;
        _operands = PassPayloads.WithQueries(isBackward);
        _sum = PassPayloads.SumOfQueries(isBackward);
    }

    public string Name => SequenceScheduleNames.TokenRing;

    public bool IsBackward { get; }

    public int Ranks { get; }

    public int Steps => Ranks + 1;

    public RankStep At(int rank, int step)
    {
        var (below, above) = ((rank + Ranks - 1) % Ranks, (rank + 1) % Ranks);
        var receives = new List<ParcelTransfer>(3);
        var sends = new List<ParcelTransfer>(3);
        if (step < Ranks - 1)
        {
            receives.AddRange(_operands.Select(operand => new ParcelTransfer(OperandSentBy(above, step, operand), above)));
            sends.AddRange(_operands.Select(operand => new ParcelTransfer(OperandSentBy(rank, step, operand), below)));
        }

        if (step >= 2)
        {
            var (computing, owner) = ((rank + Ranks - (step - 1)) % Ranks, (rank + step - 1) % Ranks);
            receives.Add(new(SumSentBy(computing, step), computing));
            sends.Add(new(SumSentBy(rank, step), owner));
        }

        return new(receives, sends, [.. BlocksAt(rank, step)]);
    }

    public IReadOnlyList<Parcel> Kept(int rank) => [];

    private IEnumerable<BlockTask> BlocksAt(int rank, int step)
    {
        return step == 0 ? VisibleBlocks.FirstHalf(rank, rank, _mask, HeadPart.All)
            : step == Ranks ? VisibleBlocks.SecondHalf(rank, rank, _mask, HeadPart.All)
            : VisibleBlocks.Between((rank + step) % Ranks, rank, _mask, HeadPart.All);
    }

    private Parcel OperandSentBy(int rank, int step, Payload operand)
    {
        var isWhole = !_mask.IsCausal || (rank > 0 && rank + step < Ranks);
        return new(operand, (rank + step) % Ranks, isWhole ? RowPart.Whole : RowPart.Second, HeadPart.All);
    }

    private Parcel SumSentBy(int rank, int step)
    {
        var isWhole = !_mask.IsCausal || rank + step - 1 < Ranks;
        return new(_sum, (rank + step - 1) % Ranks, isWhole ? RowPart.Whole : RowPart.Second, HeadPart.All);
    }
}
