namespace Granary.Distributed.Sequence.Schedules;

/// <summary>
/// Keys and values go from rank to rank, N - 1 hops; backward, their gradients follow one step behind, N hops, the last one home.
/// </summary>
/// <remarks>
/// In step s rank r holds the keys of owner r + s. They go downwards, r to r - 1, so that a causal zigzag can leave out half of
/// them: behind the wrap from rank 0 to rank N - 1 only later ranks are left, which see the owner's first run alone.
/// Bytes of a rank, full: 2k(N - 1) forward and 2k(N - 1) + 2k'N backward, with k one rank's keys and k' their gradient (arXiv 2310.01889).
/// </remarks>
internal sealed class RingSchedule : ISequenceSchedule
{
    private readonly SequenceMask _mask;

    public RingSchedule(int ranks, SequenceMask mask, bool isBackward)
    {
        Ranks = ranks;
        IsBackward = isBackward;
        _mask = mask;
    }

    public string Name => SequenceScheduleNames.Ring;

    public bool IsBackward { get; }

    public int Ranks { get; }

    public int Steps => IsBackward && Ranks > 1 ? Ranks + 1 : Ranks;

    public RankStep At(int rank, int step)
    {
        var (below, above) = ((rank + Ranks - 1) % Ranks, (rank + 1) % Ranks);
        var receives = new List<ParcelTransfer>(2);
        var sends = new List<ParcelTransfer>(2);
        if (step < Ranks - 1)
        {
            receives.Add(new(KeysSentBy(above, step), above));
            sends.Add(new(KeysSentBy(rank, step), below));
        }

        if (step > 0 && IsBackward)
        {
            receives.Add(new(Parcel.Of(Payload.KeyValueGradients, (rank + step) % Ranks), above));
            sends.Add(new(Parcel.Of(Payload.KeyValueGradients, (rank + step - 1) % Ranks), below));
        }

        return new(receives, sends, step < Ranks ? [.. VisibleBlocks.Between(rank, (rank + step) % Ranks, _mask, HeadPart.All)] : []);
    }

    public IReadOnlyList<Parcel> Kept(int rank) => [];

    private Parcel KeysSentBy(int rank, int step)
    {
        var isWhole = !_mask.IsCausal || (rank > 0 && rank + step < Ranks);
        return new(Payload.KeyValues, (rank + step) % Ranks, isWhole ? RowPart.Whole : RowPart.First, HeadPart.All);
    }
}
