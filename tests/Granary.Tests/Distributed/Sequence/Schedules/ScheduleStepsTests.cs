namespace Granary.Distributed.Sequence.Schedules.Tests;

public sealed class ScheduleStepsTests
{
    private static readonly Payload[] Operands = [Payload.Queries, Payload.KeyValues, Payload.OutputGradients];

    [Test]
    public void A_link_carries_operands_or_sums_but_never_both_in_a_step(
        [Values(SequenceScheduleNames.TokenRing, SequenceScheduleNames.Pair, SequenceScheduleNames.TokenRingUlysses)] string name, [Range(2, 16)] int ranks, [Values] bool isBackward)
    {
        var mask = new SequenceMask(IsCausal: true, SequenceSchedules.OrderFor(name, name, isCausal: true)!.Value);
        var schedule = isBackward ? SequenceSchedules.Backward(name, ranks, mask, 16, 4) : SequenceSchedules.Forward(name, ranks, mask, 16, 4);

        var shared = from rank in Enumerable.Range(0, ranks)
                     from step in Enumerable.Range(0, schedule.Steps)
                     from link in schedule.At(rank, step).Sends.GroupBy(send => send.Peer)
                     where link.Select(send => Operands.Contains(send.Parcel.Payload)).Distinct().Count() > 1
                     select (rank, step, link.Key);

        Assert.That(shared, Is.Empty);
    }

    [Test]
    public void All_ranks_have_equal_work_in_every_step(
        [Values("ring", "bidirectional-ring", "token-ring", "burst", "all-gather", "pair", "ulysses", "token-ring-ulysses")] string name, [Values(1, 2, 4, 7, 8)] int ranks, [Values] bool isBackward)
    {
        if (SequenceSchedules.WhyNot(name, ranks, 8, 8, isCausal: true) is { } reason || (name == SequenceScheduleNames.Ulysses && ranks == 7))
        {
            Assert.Pass("the ranks have other shares of the heads, or none");
        }

        var mask = new SequenceMask(IsCausal: true, SequenceSchedules.OrderFor(name, name, isCausal: true)!.Value);
        var layout = new SequenceLayout(mask.Order, 6 * ranks, ranks);
        var schedule = isBackward ? SequenceSchedules.Backward(name, ranks, mask, 8, 8) : SequenceSchedules.Forward(name, ranks, mask, 8, 8);

        for (var step = 0; step < schedule.Steps; step++)
        {
            var work = Enumerable.Range(0, ranks).Select(rank => schedule.At(rank, step).Blocks.Sum(block => BlockWork.PairsOf(block, layout, isCausal: true) * HeadsOf(block))).ToList();
            Assert.That(work, Has.All.EqualTo(work[0]), $"step {step}");
        }
    }

    [TestCase(SequenceOrder.Zigzag)]
    [TestCase(SequenceOrder.Contiguous)]
    public void Pairs_of_a_block_are_counted_as_a_loop_counts_them(SequenceOrder order)
    {
        var layout = new SequenceLayout(order, 23, 3);
        foreach (var queries in Enum.GetValues<RowPart>())
        {
            foreach (var keys in Enum.GetValues<RowPart>())
            {
                var block = new BlockTask(1, queries, 0, keys, HeadPart.All);
                var (rows, columns) = (PositionsOf(layout, 1, queries), PositionsOf(layout, 0, keys));

                Assert.That(BlockWork.PairsOf(block, layout, isCausal: true), Is.EqualTo(rows.Sum(row => columns.Count(column => column <= row))));
                Assert.That(BlockWork.PairsOf(block, layout, isCausal: false), Is.EqualTo(rows.Count * columns.Count));
            }
        }
    }

    private static List<long> PositionsOf(SequenceLayout layout, int rank, RowPart part)
    {
        return [.. layout.RunsOf(rank, part).SelectMany(run => Enumerable.Range((int)run.Start, (int)(run.End - run.Start)).Select(position => (long)position))];
    }

    private static int HeadsOf(BlockTask block)
    {
        var (first, end) = block.Heads.Of(8);
        return end - first;
    }
}
