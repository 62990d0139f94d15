namespace Granary.Distributed.Sequence.Schedules;

/// <summary>
/// Causal, positions in their order: of each pair of ranks the later one's queries see all of the earlier one's keys, which is one
/// block, computed at the one or the other, so that all ranks have the same work.
/// </summary>
/// <remarks>
/// In meeting t = 1 .. N/2 rank r is the guest of rank r + t: it sends its keys if its host is the later rank, and its queries
/// if the count has passed the last rank; what the host computes for the guest returns one step later. Step s holds meeting s,
/// brings the operands of meeting s + 1 and returns the sums of meeting s - 1; half of a rank's work on itself covers the first
/// step, the other half the last. With N even the last meeting joins opposite ranks once: each computes half of the heads.
/// Of N(N - 1)/2 pairs, for odd N, (N * N - 1)/8 send queries and the others keys (arXiv 2310.03294, there for even N).
/// </remarks>
internal sealed class PairSchedule : ISequenceSchedule
{
    private static readonly SequenceMask Mask = new(IsCausal: true, SequenceOrder.Contiguous);

    private readonly bool _cutsHeads;
    private readonly Payload[] _queryOperands;
    private readonly Payload _querySum;

    /// <param name="ranks">Ranks N.</param>
    /// <param name="isBackward">Whether it is for gradients.</param>
    /// <param name="cutsHeads">Whether opposite ranks share their block by heads, of which there must be two; else the later rank computes it alone.</param>
    public PairSchedule(int ranks, bool isBackward, bool cutsHeads)
    {
        Ranks = ranks;
        IsBackward = isBackward;
        _cutsHeads = cutsHeads;
        _queryOperands = PassPayloads.WithQueries(isBackward);
        _querySum = PassPayloads.SumOfQueries(isBackward);
    }

    public string Name => SequenceScheduleNames.Pair;

    public bool IsBackward { get; }

    public int Ranks { get; }

    public int Steps => Meetings + 2;

    private int Meetings => Ranks / 2;

    public RankStep At(int rank, int step)
    {
        var receives = new List<ParcelTransfer>(3);
        var sends = new List<ParcelTransfer>(3);
        if (step < Meetings)
        {
            var (guest, host) = (Around(rank - (step + 1)), Around(rank + step + 1));
            receives.AddRange(OperandsOf(guest, step + 1).Select(parcel => new ParcelTransfer(parcel, guest)));
            sends.AddRange(OperandsOf(rank, step + 1).Select(parcel => new ParcelTransfer(parcel, host)));
        }

        if (step > 1)
        {
            var (guest, host) = (Around(rank - (step - 1)), Around(rank + step - 1));
            receives.AddRange(SumsOf(rank, step - 1).Select(parcel => new ParcelTransfer(parcel, host)));
            sends.AddRange(SumsOf(guest, step - 1).Select(parcel => new ParcelTransfer(parcel, guest)));
        }

        return new(receives, sends, [.. BlocksAt(rank, step)]);
    }

    public IReadOnlyList<Parcel> Kept(int rank) => [];

    private IEnumerable<BlockTask> BlocksAt(int rank, int step)
    {
        if (step == 0 || step > Meetings)
        {
            return step == 0 ? VisibleBlocks.FirstHalf(rank, rank, Mask, HeadPart.All) : VisibleBlocks.SecondHalf(rank, rank, Mask, HeadPart.All);
        }

        var guest = Around(rank - step);
        return Meets(guest, step)
            ? VisibleBlocks.Between(Math.Max(rank, guest), Math.Min(rank, guest), Mask, HeadsOf(guest, step))
            : [];
    }

    private IEnumerable<Parcel> OperandsOf(int guest, int meeting)
    {
        var operands = BringsKeys(guest, meeting) ? [Payload.KeyValues] : _queryOperands;
        return Meets(guest, meeting) ? operands.Select(operand => new Parcel(operand, guest, RowPart.Whole, HeadsOf(guest, meeting))) : [];
    }

    private IEnumerable<Parcel> SumsOf(int guest, int meeting)
    {
        Payload[] sums = !Meets(guest, meeting) || (BringsKeys(guest, meeting) && !IsBackward) ? []
            : BringsKeys(guest, meeting) ? [Payload.KeyValueGradients]
            : [_querySum];
        return sums.Select(sum => new Parcel(sum, guest, RowPart.Whole, HeadsOf(guest, meeting)));
    }

    private bool BringsKeys(int guest, int meeting) => guest + meeting < Ranks;

    private bool JoinsOpposites(int meeting) => 2 * meeting == Ranks;

    private bool Meets(int guest, int meeting) => !JoinsOpposites(meeting) || _cutsHeads || BringsKeys(guest, meeting);

    private HeadPart HeadsOf(int guest, int meeting)
    {
        return JoinsOpposites(meeting) && _cutsHeads ? new(BringsKeys(guest, meeting) ? 0 : 1, 2) : HeadPart.All;
    }

    private int Around(int rank) => (rank + Ranks) % Ranks;
}
