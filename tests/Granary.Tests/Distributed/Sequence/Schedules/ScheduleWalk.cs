namespace Granary.Distributed.Sequence.Schedules.Tests;

/// <summary>
/// Walks a schedule's table as ranks would, with sets in place of tensors, and notes every breach of its contract: an operand
/// used or sent before it is there, a send without its receive, rows of a sum that stay behind, work done twice or never.
/// </summary>
internal sealed class ScheduleWalk
{
    private readonly ISequenceSchedule _schedule;
    private readonly SequenceMask _mask;
    private readonly int _heads;
    private readonly int _keyHeads;
    private readonly HashSet<(Payload, int Owner, int Run, int Head)>[] _operands;
    private readonly Dictionary<(Payload, int Owner, HeadPart), List<Pair>>[] _sums;
    private readonly List<string> _breaches = [];

    private ScheduleWalk(ISequenceSchedule schedule, SequenceMask mask, int heads, int keyHeads)
    {
        _schedule = schedule;
        _mask = mask;
        _heads = heads;
        _keyHeads = keyHeads;
        _operands = [.. Enumerable.Range(0, schedule.Ranks).Select(_ => new HashSet<(Payload, int, int, int)>())];
        _sums = [.. Enumerable.Range(0, schedule.Ranks).Select(_ => new Dictionary<(Payload, int, HeadPart), List<Pair>>())];
    }

    // What one run of queries meets in one run of keys, for one query head.
    private readonly record struct Pair(int QueryOwner, int QueryRun, int KeyOwner, int KeyRun, int Head);

    private IEnumerable<Payload> Operands => _schedule.IsBackward ? [Payload.Queries, Payload.KeyValues, Payload.OutputGradients] : [Payload.Queries, Payload.KeyValues];

    private IEnumerable<Payload> Sums => _schedule.IsBackward ? [Payload.QueryGradients, Payload.KeyValueGradients] : [Payload.Outputs];

    /// <summary>All breaches, of which there should be none.</summary>
    internal static IReadOnlyList<string> BreachesOf(ISequenceSchedule schedule, SequenceMask mask, int heads, int keyHeads)
    {
        var walk = new ScheduleWalk(schedule, mask, heads, keyHeads);
        walk.Begin();
        for (var step = 0; step < schedule.Steps; step++)
        {
            walk.Step(step);
        }

        walk.End();
        return walk._breaches;
    }

    private void Begin()
    {
        for (var rank = 0; rank < _schedule.Ranks; rank++)
        {
            foreach (var payload in Operands)
            {
                _operands[rank].UnionWith(CellsOf(Parcel.Of(payload, rank)));
            }

            foreach (var parcel in _schedule.Kept(rank))
            {
                _operands[rank].UnionWith(CellsOf(parcel));
            }
        }
    }

    private void Step(int step)
    {
        var table = Enumerable.Range(0, _schedule.Ranks).Select(rank => _schedule.At(rank, step)).ToList();
        Match(step, table);
        var sent = new Dictionary<(int From, int To, Parcel), List<Pair>>();
        for (var rank = 0; rank < _schedule.Ranks; rank++)
        {
            foreach (var send in table[rank].Sends)
            {
                Send(step, rank, send, sent);
            }
        }

        for (var rank = 0; rank < _schedule.Ranks; rank++)
        {
            foreach (var block in table[rank].Blocks)
            {
                Compute(step, rank, block);
            }
        }

        for (var rank = 0; rank < _schedule.Ranks; rank++)
        {
            foreach (var receive in table[rank].Receives)
            {
                Receive(rank, receive, sent);
            }
        }
    }

    private void Match(int step, IReadOnlyList<RankStep> table)
    {
        var sends = table.SelectMany((row, rank) => row.Sends.Select(send => (From: rank, To: send.Peer, send.Parcel))).ToList();
        var receives = table.SelectMany((row, rank) => row.Receives.Select(receive => (From: receive.Peer, To: rank, receive.Parcel))).ToList();
        Require(sends.ToHashSet().SetEquals(receives), $"step {step}: what is sent and what is received differ");
        Require(sends.Distinct().Count() == sends.Count && receives.Distinct().Count() == receives.Count, $"step {step}: two parcels are alike");
        Require(sends.All(send => send.From != send.To), $"step {step}: a rank sends to itself");
    }

    private void Send(int step, int rank, ParcelTransfer send, Dictionary<(int From, int To, Parcel), List<Pair>> sent)
    {
        var parcel = send.Parcel;
        if (Operands.Contains(parcel.Payload))
        {
            Require(_operands[rank].IsSupersetOf(CellsOf(parcel)), $"step {step}: rank {rank} sends {parcel}, which it has not got");
            return;
        }

        var key = (parcel.Payload, parcel.Owner, parcel.Heads);
        Require(_sums[rank].Remove(key, out var pairs), $"step {step}: rank {rank} sends {parcel}, to which nothing was added");
        Require((pairs ?? []).All(pair => Runs(parcel.Rows).Contains(parcel.Payload == Payload.KeyValueGradients ? pair.KeyRun : pair.QueryRun)), $"step {step}: rank {rank} keeps rows of {parcel} back");
        sent[(rank, send.Peer, parcel)] = pairs ?? [];
    }

    private void Compute(int step, int rank, BlockTask block)
    {
        IEnumerable<Parcel> needed = [new(Payload.Queries, block.QueryOwner, block.Queries, block.Heads), new(Payload.KeyValues, block.KeyOwner, block.Keys, block.Heads)];
        needed = _schedule.IsBackward ? needed.Append(new(Payload.OutputGradients, block.QueryOwner, block.Queries, block.Heads)) : needed;
        foreach (var parcel in needed)
        {
            Require(_operands[rank].IsSupersetOf(CellsOf(parcel)), $"step {step}: rank {rank} computes {block} without {parcel}");
        }

        var (first, end) = block.Heads.Of(_heads);
        var pairs = (from query in Runs(block.Queries)
                     from key in Runs(block.Keys)
                     from head in Enumerable.Range(first, end - first)
                     select new Pair(block.QueryOwner, query, block.KeyOwner, key, head)).ToList();
        foreach (var payload in Sums)
        {
            Add(rank, (payload, payload == Payload.KeyValueGradients ? block.KeyOwner : block.QueryOwner, block.Heads), pairs);
        }
    }

    private void Receive(int rank, ParcelTransfer receive, Dictionary<(int From, int To, Parcel), List<Pair>> sent)
    {
        if (Operands.Contains(receive.Parcel.Payload))
        {
            _operands[rank].UnionWith(CellsOf(receive.Parcel));
        }
        else if (sent.TryGetValue((receive.Peer, rank, receive.Parcel), out var pairs))
        {
            Add(rank, (receive.Parcel.Payload, receive.Parcel.Owner, receive.Parcel.Heads), pairs);
        }
    }

    private void End()
    {
        for (var rank = 0; rank < _schedule.Ranks; rank++)
        {
            var strays = _sums[rank].Keys.Where(sum => sum.Owner != rank).ToList();
            Require(strays.Count == 0, $"rank {rank} is left with {string.Join(", ", strays)}");
            foreach (var payload in Sums)
            {
                RequireEachOnce(rank, payload);
            }
        }
    }

    private void RequireEachOnce(int rank, Payload payload)
    {
        var isKeys = payload == Payload.KeyValueGradients;
        var pairs = _sums[rank].Where(sum => sum.Key.Item1 == payload).SelectMany(sum => sum.Value).ToList();
        var expected = (from other in Enumerable.Range(0, _schedule.Ranks)
                        from own in Runs(RowPart.Whole)
                        from others in Runs(RowPart.Whole)
                        from head in Enumerable.Range(0, _heads)
                        let pair = isKeys ? new Pair(other, others, rank, own, head) : new Pair(rank, own, other, others, head)
                        where IsVisible(pair)
                        select pair).ToHashSet();
        Require(pairs.Count == pairs.Distinct().Count(), $"rank {rank} gets work of its {payload} twice");
        Require(expected.IsSubsetOf(pairs), $"rank {rank} misses work of its {payload}");
        Require(pairs.All(pair => IsVisible(pair) || pair.QueryOwner == pair.KeyOwner), $"rank {rank} gets work of its {payload} that nobody sees");
    }

    private bool IsVisible(Pair pair)
    {
        return !_mask.IsCausal || ChunkOf(pair.KeyOwner, pair.KeyRun) <= ChunkOf(pair.QueryOwner, pair.QueryRun);
    }

    private long ChunkOf(int owner, int run)
    {
        return new SequenceLayout(_mask.Order, 2L * _schedule.Ranks, _schedule.Ranks).RunOf(owner, run).Start;
    }

    private void Add(int rank, (Payload, int, HeadPart) sum, IEnumerable<Pair> pairs)
    {
        if (!_sums[rank].TryGetValue(sum, out var held))
        {
            _sums[rank].Add(sum, held = []);
        }

        held.AddRange(pairs);
    }

    private IEnumerable<(Payload, int, int, int)> CellsOf(Parcel parcel)
    {
        var (first, end) = parcel.Payload == Payload.KeyValues ? parcel.Heads.KeysOf(_heads, _keyHeads) : parcel.Heads.Of(_heads);
        return from run in Runs(parcel.Rows)
               from head in Enumerable.Range(first, end - first)
               select (parcel.Payload, parcel.Owner, run, head);
    }

    private static int[] Runs(RowPart rows)
    {
        return rows switch { RowPart.First => [0], RowPart.Second => [1], _ => [0, 1] };
    }

    private void Require(bool holds, string breach)
    {
        if (!holds)
        {
            _breaches.Add(breach);
        }
    }
}
