namespace Granary.Distributed.Sequence.Schedules.Tests;

public sealed class ScheduleBytesTests
{
    // Ranks N hold L = 8 positions each of 16 query and 4 key heads; queries and gradients differ in their bytes.
    private static readonly AttentionSizes Sizes = new(Batch: 2, Heads: 16, KeyHeads: 4, HeadDim: 4, ElementBytes: 2, GradientBytes: 4);
    private const long U = 2 * 8 * 16 * 4 * 2;
    private const long K = U / 4;
    private const long GradientU = 2 * U;
    private const long GradientK = 2 * K;
    private const long Lse = 2 * 8 * 16 * 4;

    // Of one head: its queries and its lse; of one key head: its keys.
    private const long HeadU = U / 16;
    private const long HeadLse = Lse / 16;
    private const long KeyK = K / 4;

    [Test]
    public void Bytes_of_a_rank_are_the_closed_forms([ValueSource(nameof(ClosedForms))] ClosedForm form, [Range(1, 16)] int ranks, [Values] bool isBackward)
    {
        var mask = new SequenceMask(IsCausal: false, SequenceOrder.Contiguous);
        var schedule = isBackward ? SequenceSchedules.Backward(form.Name, ranks, mask, 16, 4) : SequenceSchedules.Forward(form.Name, ranks, mask, 16, 4);
        var expected = isBackward ? form.Backward(ranks) : form.Forward(ranks);

        var sent = Enumerable.Range(0, ranks).Select(rank => ScheduleBytes.SentBy(rank, schedule, new SequenceLayout(mask.Order, 8 * ranks, ranks), Sizes));

        Assert.That(sent, Has.All.EqualTo(ranks == 1 ? 0 : expected));
    }

    [Test]
    public void Bytes_of_Ulysses_are_the_closed_form([Range(1, 16)] int ranks)
    {
        var mask = new SequenceMask(IsCausal: true, SequenceOrder.Contiguous);
        var (heads, keys) = (HeadsByRank(ranks), KeysByRank(ranks));
        var (headsInAll, keysInAll) = (heads.Sum(), keys.Sum());

        // To each other rank the heads that it has; and back, for all its positions, what was computed of one's own heads.
        var forward = Enumerable.Range(0, ranks).Select(rank =>
            ((headsInAll - heads[rank]) * HeadU) + ((keysInAll - keys[rank]) * 2 * KeyK) + ((ranks - 1) * heads[rank] * (HeadU + HeadLse)));
        var backward = Enumerable.Range(0, ranks).Select(rank =>
            ((headsInAll - heads[rank]) * (HeadU + (2 * HeadLse))) + ((ranks - 1) * ((heads[rank] * 2 * HeadU) + (keys[rank] * 2 * 2 * KeyK))));

        Assert.That(SentByAll(SequenceSchedules.Forward(SequenceScheduleNames.Ulysses, ranks, mask), mask), Is.EqualTo(forward));
        Assert.That(SentByAll(SequenceSchedules.Backward(SequenceScheduleNames.Ulysses, ranks, mask), mask), Is.EqualTo(backward));
    }

    [TestCase(1)]
    [TestCase(2)]
    [TestCase(4)]
    [TestCase(8)]
    [TestCase(16)]
    public void Bytes_of_Ulysses_are_equal_shares_where_heads_divide(int ranks)
    {
        var mask = new SequenceMask(IsCausal: true, SequenceOrder.Contiguous);
        var copies = Math.Max(1, ranks / 4);

        Assert.That(
            SentByAll(SequenceSchedules.Forward(SequenceScheduleNames.Ulysses, ranks, mask), mask),
            Has.All.EqualTo(((2 * U) + (2 * K * copies) + Lse) * (ranks - 1) / ranks));
        Assert.That(
            SentByAll(SequenceSchedules.Backward(SequenceScheduleNames.Ulysses, ranks, mask), mask),
            Has.All.EqualTo((U + GradientU + (2 * GradientK * copies) + (2 * Lse)) * (ranks - 1) / ranks));
    }

    [Test]
    public void Bytes_of_pairs_are_the_closed_form([Range(1, 16)] int ranks)
    {
        var mask = new SequenceMask(IsCausal: true, SequenceOrder.Contiguous);
        var meetings = (ranks - 1) / 2; // of whole heads; an even number of ranks has one more, of half the heads each
        var sharesHeads = ranks % 2 == 0;
        var forward = new List<long>();
        var backward = new List<long>();
        foreach (var rank in Enumerable.Range(0, ranks))
        {
            // As a guest it brings keys until its host would lie behind the last rank; as a host its guests bring keys while they come before it.
            long bringsKeys = Math.Min(meetings, ranks - 1 - rank);
            long hostsKeys = Math.Min(meetings, rank);
            var (bringsQueries, hostsQueries) = (meetings - bringsKeys, meetings - hostsKeys);
            var isEarlier = rank < ranks / 2;
            forward.Add((bringsKeys * 2 * K) + (bringsQueries * U) + (hostsQueries * (U + Lse))
                + (!sharesHeads ? 0 : isEarlier ? K + ((U + Lse) / 2) : U / 2));
            backward.Add((bringsKeys * 2 * K) + (bringsQueries * ((2 * U) + (2 * Lse))) + (hostsKeys * 2 * GradientK) + (hostsQueries * GradientU)
                + (!sharesHeads ? 0 : isEarlier ? K + (GradientU / 2) : U + Lse + GradientK));
        }

        Assert.That(SentByAll(SequenceSchedules.Forward(SequenceScheduleNames.Pair, ranks, mask, 16, 4), mask), Is.EqualTo(forward));
        Assert.That(SentByAll(SequenceSchedules.Backward(SequenceScheduleNames.Pair, ranks, mask, 16, 4), mask), Is.EqualTo(backward));
    }

    [Test]
    public void Bytes_of_TokenRing_inside_Ulysses_are_the_closed_form([Range(1, 16)] int ranks)
    {
        var mask = new SequenceMask(IsCausal: false, SequenceOrder.Contiguous);
        var groupSize = new[] { 4, 2, 1 }.First(size => ranks % size == 0 && (size == 1 || ranks / size > 1));
        var hops = (ranks / groupSize) - 1;

        Assert.That(SequenceSchedules.WhyNot(SequenceScheduleNames.TokenRingUlysses, ranks, 16, 4, mask.IsCausal), groupSize == 1 ? Is.Not.Null : Is.Null);
        if (groupSize > 1)
        {
            Assert.That(
                SentByAll(SequenceSchedules.Forward(SequenceScheduleNames.TokenRingUlysses, ranks, mask, 16, 4), mask),
                Has.All.EqualTo((((2 * U) + (2 * K) + Lse) * (groupSize - 1) / groupSize) + (((2 * U) + Lse) * hops)));
            Assert.That(
                SentByAll(SequenceSchedules.Backward(SequenceScheduleNames.TokenRingUlysses, ranks, mask, 16, 4), mask),
                Has.All.EqualTo(((U + GradientU + (2 * GradientK) + (2 * Lse)) * (groupSize - 1) / groupSize) + (((2 * U) + GradientU + (2 * Lse)) * hops)));
        }
    }

    [Test]
    public void A_causal_TokenRing_of_eight_sends_the_trimmed_figures()
    {
        var mask = new SequenceMask(IsCausal: true, SequenceOrder.Zigzag);

        Assert.That(UnitsSent(SequenceSchedules.Forward(SequenceScheduleNames.TokenRing, 8, mask)), Is.EqualTo(new[] { 10.5, 13.5, 12.5, 11.5, 10.5, 9.5, 8.5, 7.5 }));
        Assert.That(UnitsSent(SequenceSchedules.Backward(SequenceScheduleNames.TokenRing, 8, mask)), Is.EqualTo(new[] { 14, 20.5, 19, 17.5, 16, 14.5, 13, 11.5 }));
    }

    [Test]
    public void A_causal_ring_is_trimmed_as_the_TokenRings_queries_are()
    {
        var mask = new SequenceMask(IsCausal: true, SequenceOrder.Zigzag);
        var operands = UnitsSent(SequenceSchedules.Forward(SequenceScheduleNames.TokenRing, 8, mask), Payload.Queries);

        Assert.That(UnitsSent(SequenceSchedules.Forward(SequenceScheduleNames.Ring, 8, mask)), Is.EqualTo(operands));
    }

    [TestCase(5, 7, 3, 0)]
    [TestCase(7, 15, 6, 0)]
    [TestCase(8, 18, 6, 4, Description = "the four opposite pairs, which would make 22 pairs of keys, are shared by heads")]
    public void Pairs_send_keys_or_queries(int ranks, int byKeys, int byQueries, int shared)
    {
        var schedule = SequenceSchedules.Forward(SequenceScheduleNames.Pair, ranks, new SequenceMask(IsCausal: true, SequenceOrder.Contiguous), heads: 2);

        var sends = (from rank in Enumerable.Range(0, ranks) from step in Enumerable.Range(0, schedule.Steps) from send in schedule.At(rank, step).Sends select send.Parcel).ToList();

        Assert.That(sends.Count(parcel => parcel.Payload == Payload.KeyValues && parcel.Heads == HeadPart.All), Is.EqualTo(byKeys));
        Assert.That(sends.Count(parcel => parcel.Payload == Payload.Queries && parcel.Heads == HeadPart.All), Is.EqualTo(byQueries));
        Assert.That(sends.Count(parcel => parcel.Payload == Payload.Queries && parcel.Heads != HeadPart.All), Is.EqualTo(shared));
    }

    private static IEnumerable<ClosedForm> ClosedForms()
    {
        yield return new("ring", n => 2 * K * (n - 1), n => (2 * K * (n - 1)) + (2 * GradientK * n));
        yield return new("bidirectional-ring", n => 2 * K * (n - 1), n => 2 * (K + GradientK) * (n - 1));
        yield return new("all-gather", n => 2 * K * (n - 1), n => 2 * (K + GradientK) * (n - 1));
        yield return new("token-ring", n => ((2 * U) + Lse) * (n - 1), n => ((2 * U) + (2 * Lse) + GradientU) * (n - 1));
        yield return new("burst", n => 2 * K * (n - 1), n => (((2 * U) + (2 * Lse)) * (n - 1)) + (GradientU * n));
    }

    private static IEnumerable<long> SentByAll(ISequenceSchedule schedule, SequenceMask mask)
    {
        var layout = new SequenceLayout(mask.Order, 8 * schedule.Ranks, schedule.Ranks);
        return [.. Enumerable.Range(0, schedule.Ranks).Select(rank => ScheduleBytes.SentBy(rank, schedule, layout, Sizes))];
    }

    // Query heads of each rank where all 16 are shared as evenly as can be, and the key heads of four queries each that they read.
    private static long[] HeadsByRank(int ranks) => [.. RanksOfHeads(ranks).CountBy(rank => rank).OrderBy(entry => entry.Key).Select(entry => (long)entry.Value)];

    private static long[] KeysByRank(int ranks)
    {
        return [.. RanksOfHeads(ranks).Select((rank, head) => (rank, Key: head / 4)).Distinct().CountBy(entry => entry.rank).OrderBy(entry => entry.Key).Select(entry => (long)entry.Value)];
    }

    // The rank whose share begins at or before the head.
    private static IEnumerable<int> RanksOfHeads(int ranks)
    {
        return Enumerable.Range(0, 16).Select(head => Enumerable.Range(0, ranks).Last(rank => 16 * rank / ranks <= head));
    }

    // In shares of one rank's positions, statistics left out.
    private static double[] UnitsSent(ISequenceSchedule schedule, params Payload[] payloads)
    {
        return [.. Enumerable.Range(0, schedule.Ranks).Select(rank => Enumerable.Range(0, schedule.Steps)
            .SelectMany(step => schedule.At(rank, step).Sends)
            .Where(send => payloads.Length == 0 || payloads.Contains(send.Parcel.Payload))
            .Sum(send => send.Parcel.Rows == RowPart.Whole ? 1.0 : 0.5))];
    }

    public sealed record ClosedForm(string Name, Func<int, long> Forward, Func<int, long> Backward)
    {
        public override string ToString() => Name;
    }
}
