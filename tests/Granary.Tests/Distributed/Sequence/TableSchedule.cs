namespace Granary.Distributed.Sequence.Tests;

/// <summary>Two schedules written as plainly as can be, so that the engine is tested by tables of the tests' own.</summary>
internal sealed class TableSchedule(string name, bool isBackward, int ranks, int steps, Func<int, int, RankStep> at) : ISequenceSchedule
{
    public string Name => name;

    public bool IsBackward => isBackward;

    public int Ranks => ranks;

    public int Steps => steps;

    public RankStep At(int rank, int step) => at(rank, step);

    public IReadOnlyList<Parcel> Kept(int rank) => [];

    /// <summary>Keys go round, and with them in backward their gradients, a step behind. Zigzag where the order is causal.</summary>
    public static SchedulePair Ring(int ranks, bool isCausal)
    {
        return new SchedulePair(
            new TableSchedule("ring", false, ranks, ranks, (rank, step) => RingStep(ranks, rank, step, isCausal)),
            new TableSchedule("ring", true, ranks, ranks + 1, (rank, step) =>
            {
                var moving = RingStep(ranks, rank, step, isCausal);
                return step < 2 ? moving : moving with
                {
                    Receives = [.. moving.Receives, new ParcelTransfer(Parcel.Of(Payload.KeyValueGradients, (rank + step) % ranks), (rank + 1) % ranks)],
                    Sends = [.. moving.Sends, new ParcelTransfer(Parcel.Of(Payload.KeyValueGradients, (rank + step - 1) % ranks), (rank + ranks - 1) % ranks)],
                };
            }));
    }

    /// <summary>Queries go round; what comes of them goes straight home, a step later. The rank's own block is computed last.</summary>
    public static SchedulePair TokenRing(int ranks, bool isCausal)
    {
        return new SchedulePair(
            new TableSchedule("token-ring", false, ranks, ranks + 1, (rank, step) => TokenStep(ranks, rank, step, isCausal, [Payload.Queries], Payload.Outputs)),
            new TableSchedule("token-ring", true, ranks, ranks + 1, (rank, step) => TokenStep(ranks, rank, step, isCausal, [Payload.Queries, Payload.OutputGradients], Payload.QueryGradients)));
    }

    private static RankStep RingStep(int ranks, int rank, int step, bool isCausal)
    {
        var owner = (rank + step) % ranks;
        if (step >= ranks)
        {
            return RankStep.Idle;
        }

        return new RankStep(
            step == ranks - 1 ? [] : [new ParcelTransfer(Parcel.Of(Payload.KeyValues, (owner + 1) % ranks), (rank + 1) % ranks)],
            step == ranks - 1 ? [] : [new ParcelTransfer(Parcel.Of(Payload.KeyValues, owner), (rank + ranks - 1) % ranks)],
            [Block(rank, owner, isCausal)]);
    }

    private static RankStep TokenStep(int ranks, int rank, int step, bool isCausal, Payload[] moving, Payload returned)
    {
        var owner = (rank + step) % ranks;
        var (receives, sends) = (new List<ParcelTransfer>(), new List<ParcelTransfer>());
        if (step < ranks - 1)
        {
            receives.AddRange(moving.Select(payload => new ParcelTransfer(Parcel.Of(payload, (owner + 1) % ranks), (rank + 1) % ranks)));
            sends.AddRange(moving.Select(payload => new ParcelTransfer(Parcel.Of(payload, owner), (rank + ranks - 1) % ranks)));
        }

        if (step >= 2)
        {
            receives.Add(new ParcelTransfer(Parcel.Of(returned, rank), (rank + ranks + 1 - step) % ranks));
            sends.Add(new ParcelTransfer(Parcel.Of(returned, (rank + step - 1) % ranks), (rank + step - 1) % ranks));
        }

        return new RankStep(receives, sends, step == 0 ? [] : [Block(owner, rank, isCausal)]);
    }

    // Between halves that lie on one side of each other nothing is hidden.
    private static BlockTask Block(int queryOwner, int keyOwner, bool isCausal)
    {
        var queries = isCausal && queryOwner < keyOwner ? RowPart.Second : RowPart.Whole;
        var keys = isCausal && queryOwner > keyOwner ? RowPart.First : RowPart.Whole;
        return new BlockTask(queryOwner, queries, keyOwner, keys, HeadPart.All);
    }
}
