namespace Granary.Distributed.Sequence.Engine;

/// <summary>
/// A schedule's table for one rank, with what the engine needs besides: under which tag each parcel travels, and after which
/// step an operand that came is used no more.
/// </summary>
internal sealed class RankProgram
{
    private readonly ISequenceSchedule _schedule;
    private readonly int _rank;
    private readonly RankStep[] _steps;
    private readonly Dictionary<Parcel, int> _lastUses = [];
    private readonly int _mostSends;

    /// <summary>Reads the table; operands in <paramref name="kept"/> are used beyond its end.</summary>
    /// <exception cref="ArgumentException">The table receives what nobody sends in that step, or keeps what never came.</exception>
    internal RankProgram(ISequenceSchedule schedule, int rank, IReadOnlyList<Parcel> kept)
    {
        _schedule = schedule;
        _rank = rank;
        _steps = [.. Enumerable.Range(0, schedule.Steps).Select(step => schedule.At(rank, step))];
        _mostSends = Math.Max(1, Enumerable.Range(0, schedule.Ranks).Max(peer => Enumerable.Range(0, schedule.Steps).Max(step => schedule.At(peer, step).Sends.Count)));
        foreach (var parcel in _steps.SelectMany(step => step.Receives).Select(receive => receive.Parcel).Where(parcel => parcel.Payload.IsOperand()))
        {
            _lastUses[parcel] = kept.Any(other => Touch(parcel, other)) ? int.MaxValue : Array.FindLastIndex(_steps, step => Uses(step, parcel));
        }

        if (kept.Where(parcel => parcel.Owner != rank).FirstOrDefault(parcel => !_lastUses.Keys.Any(other => Touch(other, parcel))) is { Heads.Count: > 0 } missing)
        {
            throw new ArgumentException($"Backward needs '{missing}' on rank {rank}, which forward schedule '{schedule.Name}' never brings there; take a forward schedule that does, or another backward one.", nameof(kept));
        }
    }

    /// <summary>The steps.</summary>
    internal IReadOnlyList<RankStep> Steps => _steps;

    /// <summary>The tag of one of the messages, 0 or 1, of a step's send.</summary>
    internal int TagOfSend(int step, int send, int message) => Tag(step, send, message);

    /// <summary>The same for a receive: what its sender calls it.</summary>
    internal int TagOfReceive(int step, ParcelTransfer receive, int message)
    {
        var sends = _schedule.At(receive.Peer, step).Sends;
        for (var send = 0; send < sends.Count; send++)
        {
            if (sends[send].Peer == _rank && sends[send].Parcel == receive.Parcel)
            {
                return Tag(step, send, message);
            }
        }

        throw new ArgumentException($"In step {step} of schedule '{_schedule.Name}' rank {_rank} receives '{receive.Parcel}' from rank {receive.Peer}, which does not send it; mend the schedule.");
    }

    /// <summary>Whether an operand that came is used after a step.</summary>
    internal bool IsUsedAfter(int step, Parcel parcel) => _lastUses[parcel] > step;

    private int Tag(int step, int send, int message) => (((step * _mostSends) + send) * 2) + message;

    private static bool Uses(RankStep step, Parcel parcel)
    {
        return step.Sends.Any(send => Touch(send.Parcel, parcel)) || step.Blocks.Any(block => Operands(block).Any(operand => Touch(operand, parcel)));
    }

    private static IEnumerable<Parcel> Operands(BlockTask block)
    {
        yield return new Parcel(Payload.Queries, block.QueryOwner, block.Queries, block.Heads);
        yield return new Parcel(Payload.OutputGradients, block.QueryOwner, block.Queries, block.Heads);
        yield return new Parcel(Payload.KeyValues, block.KeyOwner, block.Keys, block.Heads);
    }

    // Whether two parcels have something in common.
    private static bool Touch(Parcel one, Parcel other)
    {
        return one.Payload == other.Payload && one.Owner == other.Owner
            && (one.Rows == other.Rows || one.Rows == RowPart.Whole || other.Rows == RowPart.Whole)
            && (long)one.Heads.Index * other.Heads.Count < (other.Heads.Index + 1L) * one.Heads.Count
            && (long)other.Heads.Index * one.Heads.Count < (one.Heads.Index + 1L) * other.Heads.Count;
    }
}
