using Granary.Distributed.Sequence.Schedules;
using Granary.Distributed.Sequence.Tests;

namespace Granary.Distributed.Sequence.Engine.Tests;

public sealed class RankProgramTests
{
    private static readonly SequenceMask Full = new(IsCausal: false, SequenceOrder.Zigzag);

    [Test]
    public void An_operand_is_held_until_its_last_use()
    {
        var program = new RankProgram(SequenceSchedules.Forward("ring", 4, Full), rank: 0, kept: []);

        // The keys of rank 1 come in step 0, are computed with and sent on in step 1.
        var keys = Parcel.Of(Payload.KeyValues, 1);
        Assert.That(program.IsUsedAfter(0, keys), Is.True);
        Assert.That(program.IsUsedAfter(1, keys), Is.False);
    }

    [Test]
    public void What_backward_keeps_is_held_to_the_end()
    {
        var backward = SequenceSchedules.Backward("ulysses", 4, Full, 4, 4);
        var program = new RankProgram(SequenceSchedules.Forward("ulysses", 4, Full, 4, 4), rank: 2, backward.Kept(2));

        Assert.That(backward.Kept(2), Is.Not.Empty);
        Assert.That(backward.Kept(2).Select(parcel => program.IsUsedAfter(100, parcel)), Is.All.True);
    }

    [Test]
    public void Both_ends_of_a_transfer_call_it_by_one_tag_and_no_two_of_a_pair_share_one([Values("ring", "token-ring", "ulysses", "pair", "bidirectional-ring")] string name)
    {
        var schedule = SequenceSchedules.Backward(name, 4, new SequenceMask(IsCausal: true, name == "pair" ? SequenceOrder.Contiguous : SequenceOrder.Zigzag), 4, 4);
        var programs = Enumerable.Range(0, 4).Select(rank => new RankProgram(schedule, rank, [])).ToList();
        var seen = new HashSet<(int From, int To, int Tag)>();

        foreach (var (rank, step) in from rank in Enumerable.Range(0, 4) from step in Enumerable.Range(0, schedule.Steps) select (rank, step))
        {
            foreach (var receive in schedule.At(rank, step).Receives)
            {
                var sends = schedule.At(receive.Peer, step).Sends;
                var send = Enumerable.Range(0, sends.Count).Single(index => sends[index].Peer == rank && sends[index].Parcel == receive.Parcel);

                Assert.That(programs[rank].TagOfReceive(step, receive, message: 1), Is.EqualTo(programs[receive.Peer].TagOfSend(step, send, message: 1)));
                Assert.That(seen.Add((receive.Peer, rank, programs[rank].TagOfReceive(step, receive, message: 1))), Is.True);
            }
        }
    }

    [Test]
    public void What_nobody_sends_or_brings_is_refused()
    {
        var alone = new TableSchedule("alone", false, 2, 1, (_, _) => new RankStep([new(Parcel.Of(Payload.Queries, 1), 1)], [], []));
        var backward = SequenceSchedules.Backward("ulysses", 2, Full, 2, 2);

        Assert.That(() => new RankProgram(alone, 0, []).TagOfReceive(0, alone.At(0, 0).Receives[0], 0), Throws.ArgumentException.With.Message.Contains("which does not send it"));
        Assert.That(() => new RankProgram(SequenceSchedules.Forward("ring", 2, Full), 0, backward.Kept(0)), Throws.ArgumentException.With.Message.Contains("never brings there"));
    }
}
