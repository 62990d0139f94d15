using Granary.Testing;
using Granary.Torch;
using Granary.Torch.Distributed;

namespace Granary.Distributed.Ranks.Tests;

public sealed class RendezvousTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    // Connecting is tried once a second.
    private static readonly TimeSpan Short = TimeSpan.FromSeconds(3);

    [TestCase(1)]
    [TestCase(3)]
    public void Ranks_that_join_are_one_world(int ranks)
    {
        var sums = Run(ranks, rank =>
        {
            using var meeting = Rendezvous.Join(rank, TimeProvider.System);
            using var tensor = torch.full([2], meeting.World.rank + 1);
            meeting.World.all_reduce(tensor).wait();
            Assert.That(meeting.World.size, Is.EqualTo(ranks));
            return tensor.mean().item();
        });

        Assert.That(sums, Has.All.EqualTo(ranks * (ranks + 1) / 2));
    }

    [Test]
    public void A_mesh_of_the_world_exchanges_along_its_axes()
    {
        var sums = Run(4, rank =>
        {
            using var meeting = Rendezvous.Join(rank, TimeProvider.System);
            using var mesh = Mesh.Of(meeting.World, 2);
            using var tensor = torch.full([1], meeting.World.rank);
            mesh.Sequence!.all_reduce(tensor).wait();
            mesh.Data!.all_reduce(tensor).wait();
            return tensor.item();
        });

        Assert.That(sums, Has.All.EqualTo(6));
    }

    [Test]
    public void Ranks_that_do_not_come_are_named()
    {
        var failures = Run(2, options => Assert.Throws<DistributedException>(() => Rendezvous.Join(options with { Size = 4, Timeout = Short }, TimeProvider.System)));

        Assert.That(failures.Select(failure => failure!.Message), Has.All.Contains("for 3 s, but '2, 3' did not come"));
        Assert.That(failures.Select(failure => failure!.FailedRank), Has.All.EqualTo(2));
    }

    [Test]
    public void A_number_of_ranks_that_others_do_not_have_is_refused()
    {
        var failures = Run(2, options => Assert.Throws<DistributedException>(() => Rendezvous.Join(options with { Size = 2 + options.Rank, Timeout = Short }, TimeProvider.System)));

        Assert.That(failures.Select(failure => failure!.Message), Has.Some.Contains("was started as one of").And.Some.Contains("start all with the same number"));
    }

    [Test]
    public void A_number_that_two_processes_have_is_refused()
    {
        var failures = Run(3, options => Assert.Throws<DistributedException>(() => Rendezvous.Join(options with { Size = 3, Rank = Math.Min(options.Rank, 1), Timeout = Short }, TimeProvider.System)));

        Assert.That(failures.Select(failure => failure!.Message), Has.Some.StartWith("Rank '1' is at '127.0.0.1:"));
    }

    [Test]
    public void A_rank_that_fails_ends_the_waiting_of_all_others_with_its_reason()
    {
        var failures = Run(3, options =>
        {
            using var meeting = Rendezvous.Join(options, TimeProvider.System);
            using var tensor = torch.zeros([1]);
            if (options.Rank == 1)
            {
                meeting.Fail(new InvalidOperationException("The shard is damaged."));
                return meeting.Failure;
            }

            // Rank 0 waits for rank 2, which waits for rank 1: what rank 0 waits for is alive.
            return Assert.Throws<DistributedException>(() => meeting.World.irecv(tensor, options.Rank == 0 ? 2 : 1).wait());
        });

        Assert.That(failures.Select(failure => (failure!.Message, failure.FailedRank)), Has.All.EqualTo(("Rank 1 has failed: The shard is damaged.", 1)));
    }

    [Test]
    public void Rank_0_leaves_last()
    {
        var isOtherDone = 0;
        var seen = Run(2, options =>
        {
            using (Rendezvous.Join(options, TimeProvider.System))
            {
                if (options.Rank == 1)
                {
                    Thread.SpinWait(20_000_000);
                    Interlocked.Exchange(ref isOtherDone, 1);
                }
            }

            return Volatile.Read(ref isOtherDone);
        });

        Assert.That(seen[0], Is.EqualTo(1));
    }

    // A rank's failure would leave the others to their time-outs, so bodies assert about failures themselves.
    private static T[] Run<T>(int ranks, Func<RendezvousOptions, T> body)
    {
        var port = FreePort.Find();
        var results = new T[ranks];
        var failures = new Exception?[ranks];
        var threads = Enumerable.Range(0, ranks).Select(rank => new Thread(() =>
        {
            try
            {
                results[rank] = body(new RendezvousOptions { Rank = rank, Size = ranks, Port = port, Timeout = Patience, ChecksCalls = true });
            }
#pragma warning disable CA1031 // What a rank's thread throws is thrown again on the caller's.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                failures[rank] = exception;
            }
        })).ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());
        Assert.That(failures, Has.All.Null);
        return results;
    }
}
