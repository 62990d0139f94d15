using Granary.Core.Randomness;
using Granary.Testing;

namespace Granary.Distributed.Ranks.Tests;

public sealed class KilledRankTests
{
    private const int Killed = 137; // 128 + SIGKILL

    // What the ranks wait for each other. From a death to the last end it must not take longer.
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(20);

    [Test]
    public void Ranks_that_leave_end_well()
    {
        using var run = new Run(RankProgram.Part.Leaving, 3);

        Assert.That(run.Ranks.Select(rank => rank.EndWithin(3 * Timeout).Code), Has.All.Zero);
    }

    [Test]
    public void A_killed_rank_is_named_by_ranks_that_wait_for_one_alive()
    {
        using var run = new Run(RankProgram.Part.Waiting, 3);

        run.Kill(2, "joined");

        run.AssertOthersName(2);
    }

    [Test]
    [Category("Slow")]
    public void Any_rank_killed_at_any_moment_is_named_by_all_others([Range(0, 3)] int victim, [Range(0, 4)] int seed)
    {
        var key = RandomKey.FromSeed((10 * victim) + seed);
        using var run = new Run(RankProgram.Part.Sums, 4);

        run.Kill(victim, $"step {key.BelowAt(0, 50)}", (int)key.BelowAt(1, 2_000_000));

        run.AssertOthersName(victim);
    }

    [Test]
    [Category("Slow")]
    public void A_rank_killed_before_all_have_met_is_named([Range(0, 2)] int victim)
    {
        using var run = new Run(RankProgram.Part.Sums, 3);

        run.Ranks[victim].Kill();

        run.AssertOthersName(victim);
    }

    [Test]
    [Category("Slow")]
    public void A_rank_that_stands_still_is_named_though_its_connections_stay([Range(0, 2)] int victim)
    {
        using var run = new Run(RankProgram.Part.Waiting, 3);
        run.Ranks.ForEach(rank => rank.WaitFor("joined"));

        run.Ranks[victim].Signal("STOP");

        run.AssertOthersName(victim, isKilled: false);
    }

    private sealed class Run : IDisposable
    {
        public Run(RankProgram.Part part, int ranks)
        {
            Ranks = RankProcess.StartAll(part, ranks, FreePort.Find(), Timeout);
        }

        public List<RankProcess> Ranks { get; }

        // Behind a line, and some counted work later.
        public void Kill(int victim, string line, int spins = 0)
        {
            Ranks[victim].WaitFor(line);
            Thread.SpinWait(spins);
            Ranks[victim].Kill();
        }

        public void AssertOthersName(int victim, bool isKilled = true)
        {
            var ends = Ranks.Select((rank, number) => number == victim && !isKilled ? default : rank.EndWithin(2 * Timeout)).ToList();
            for (var rank = 0; rank < ends.Count; rank++)
            {
                if (rank != victim)
                {
                    Assert.That((ends[rank].Code, ends[rank].Last), Is.EqualTo((RankProgram.EndedByFailure, $"{victim}")), $"rank {rank}: {ends[rank].Error}");
                }
            }

            Assert.That(ends[victim].Code, Is.EqualTo(isKilled ? Killed : 0));
        }

        public void Dispose()
        {
            Ranks.ForEach(rank => rank.Dispose());
        }
    }
}
