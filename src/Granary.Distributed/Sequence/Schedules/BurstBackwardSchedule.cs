namespace Granary.Distributed.Sequence.Schedules;

/// <summary>
/// Backward: keys and values stay. Queries and output gradients go from rank to rank, N - 1 hops, and dq follows one step behind
/// them, N hops, the last one home.
/// </summary>
/// <remarks>
/// In step s rank r holds the queries of owner r + s. In a causal zigzag the operands leave out what <see cref="TokenRingSchedule"/>
/// leaves out; dq begins at its owner and is whole all the way.
/// Bytes of a rank, full: (2u + lse + delta)(N - 1) + u'N, all in one direction (arXiv 2403.09347).
/// </remarks>
internal sealed class BurstBackwardSchedule : ISequenceSchedule
{
    private static readonly Payload[] Operands = PassPayloads.WithQueries(isBackward: true);

    private readonly SequenceMask _mask;

    public BurstBackwardSchedule(int ranks, SequenceMask mask)
    {
        Ranks = ranks;
        _mask = mask;
    }

    public string Name => SequenceScheduleNames.Burst;

    public bool IsBackward => true;

    public int Ranks { get; }

    public int Steps => Ranks > 1 ? Ranks + 1 : 1;

    public RankStep At(int rank, int step)
    {
        var (below, above) = ((rank + Ranks - 1) % Ranks, (rank + 1) % Ranks);
        var receives = new List<ParcelTransfer>(3);
        var sends = new List<ParcelTransfer>(3);
        if (step < Ranks - 1)
        {
            receives.AddRange(Operands.Select(operand => new ParcelTransfer(OperandSentBy(above, step, operand), above)));
            sends.AddRange(Operands.Select(operand => new ParcelTransfer(OperandSentBy(rank, step, operand), below)));
        }

        if (step > 0)
        {
            receives.Add(new(Parcel.Of(Payload.QueryGradients, (rank + step) % Ranks), above));
            sends.Add(new(Parcel.Of(Payload.QueryGradients, (rank + step - 1) % Ranks), below));
        }

        return new(receives, sends, step < Ranks ? [.. VisibleBlocks.Between((rank + step) % Ranks, rank, _mask, HeadPart.All)] : []);
    }

    public IReadOnlyList<Parcel> Kept(int rank) => [];

    private Parcel OperandSentBy(int rank, int step, Payload operand)
    {
        var isWhole = !_mask.IsCausal || (rank > 0 && rank + step < Ranks);
        return new(operand, (rank + step) % Ranks, isWhole ? RowPart.Whole : RowPart.Second, HeadPart.All);
    }
}
