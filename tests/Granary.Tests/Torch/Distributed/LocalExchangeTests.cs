using Granary.Testing;

namespace Granary.Torch.Distributed.Tests;

/// <summary>What is peculiar to transfers between processes of one machine, beside the tests that all backends have.</summary>
public sealed class LocalExchangeTests
{
    // On both sides of the size from which the receiver reads the sender's memory, which is 8 KiB.
    private static readonly int[] Lengths = [1, 0, 2048, 2049, 300_000, 3, 100_000, 2047];

    [Test]
    public void Transfers_of_one_tag_arrive_in_their_order_whatever_their_sizes([Values] bool receivesFirst)
    {
        Run(2, group =>
        {
            using var scope = torch.NewDisposeScope();
            var peer = 1 - group.rank;
            var sent = Values(group.rank);
            var awaited = Values(peer);
            var received = awaited.Select(torch.empty_like).ToList();
            List<Work> Receive() => [.. received.Select(tensor => group.irecv(tensor, peer, tag: 3))];
            List<Work> Send() => [.. sent.Select(tensor => group.isend(tensor, peer, tag: 3))];

            List<Work> works = receivesFirst ? [.. Receive(), .. Send()] : [.. Send(), .. Receive()];
            works.ForEach(work => work.wait());

            foreach (var (actual, expected) in received.Zip(awaited))
            {
                Assert.That(actual.data<float>().ToArray(), Is.EqualTo(expected.data<float>().ToArray()));
            }

            return 0;
        });
    }

    [Test]
    public void Transfers_are_told_apart_by_tag_and_peer()
    {
        Run(3, group =>
        {
            using var scope = torch.NewDisposeScope();
            var peers = Enumerable.Range(0, 3).Where(peer => peer != group.rank).ToList();
            var tags = Enumerable.Range(0, 4).ToList();
            float Value(int from, int to, int tag) => (100 * from) + (10 * to) + tag;
            var sends = peers.SelectMany(peer => tags.Select(tag => group.isend(torch.full([tag % 2 == 0 ? 5 : 5000], Value(group.rank, peer, tag)), peer, tag))).ToList();

            foreach (var (peer, tag) in peers.SelectMany(peer => tags.Select(tag => (peer, tag))).Reverse())
            {
                var tensor = torch.empty([tag % 2 == 0 ? 5 : 5000]);
                group.irecv(tensor, peer, tag).wait();
                Assert.That(tensor.data<float>().ToArray(), Has.All.EqualTo(Value(peer, group.rank, tag)));
            }

            sends.ForEach(send => send.wait());
            return 0;
        });
    }

    // Each connection holds some hundred words that nobody has read; whoever reads must not wait until its own are read.
    [Test]
    public void More_transfers_are_on_their_way_than_a_connection_holds([Values(1, 2048, 4096)] int length)
    {
        const int count = 1500;
        Run(2, group =>
        {
            using var scope = torch.NewDisposeScope();
            var tensor = torch.full([length], group.rank);
            var works = Enumerable.Range(0, count).Select(_ => group.isend(tensor, 1 - group.rank)).ToList();
            var received = torch.empty([length]);
            for (var number = 0; number < count; number++)
            {
                group.irecv(received, 1 - group.rank).wait();
            }

            works.ForEach(work => work.wait());
            Assert.That(received.data<float>().ToArray(), Has.All.EqualTo(1 - group.rank));
            return 0;
        });
    }

    [TestCase(10)]
    [TestCase(10_000)]
    public void A_receiver_that_awaits_another_size_is_told_both(int length)
    {
        var failures = Run(2, group =>
        {
            using var tensor = torch.zeros([group.rank == 0 ? length : length + 1]);
            var work = group.rank == 0 ? group.isend(tensor, 1) : group.irecv(tensor, 0);
            return group.rank == 0 && length == 10 ? null : Assert.Throws<DistributedException>(work.wait)?.Message;
        });

        Assert.That(failures.Where(failure => failure is not null), Has.All.Contains($"{4 * length} bytes were sent where {(4 * length) + 4} are waited for"));
    }

    [Test]
    public void What_is_small_arrives_from_a_member_that_has_left_and_what_is_large_does_not()
    {
        Run(2, group =>
        {
            using var scope = torch.NewDisposeScope();
            var inner = group.new_group([0, 1])!;
            if (group.rank == 0)
            {
                inner.isend(torch.full([10], 5), 1, tag: 1).wait();
                inner.isend(torch.full([10_000], 6), 1, tag: 2);
                inner.Dispose();
                group.barrier().wait();
                return 0;
            }

            group.barrier().wait();
            var (small, large) = (torch.empty([10]), torch.empty([10_000]));
            inner.irecv(small, 0, tag: 1).wait();
            Assert.That(small.data<float>().ToArray(), Has.All.EqualTo(5));
            Assert.That(() => inner.irecv(torch.empty([1]), 0, tag: 3), Throws.TypeOf<DistributedException>().With.Message.Contains("closed"));
            inner.Dispose();
            return 0;
        });
    }

    [Test]
    public void Several_groups_share_a_process()
    {
        Run(4, group =>
        {
            using var scope = torch.NewDisposeScope();
            using var first = group.new_group([0, 1]);
            using var second = group.new_group([2, 3]);
            using var other = group.new_group([0, 1, 2, 3]);
            var large = torch.full([50_000], group.rank);
            var works = new[] { group, first ?? second!, other! }.Select(member =>
            {
                var sum = large.clone();
                return (Sum: sum, Work: member.all_reduce(sum));
            }).ToList();
            works.ForEach(work => work.Work.wait());

            Assert.That(works.Select(work => (double)work.Sum.mean().item()), Is.EqualTo(new[] { 6.0, (4 * (group.rank / 2)) + 1, 6.0 }));
            return 0;
        });
    }

    private static List<Tensor> Values(int rank)
    {
        var generator = new Generator(rank);
        return [.. Lengths.Select(length => torch.randn([length], generator: generator))];
    }

    private static T[] Run<T>(int ranks, Func<ProcessGroup, T> body)
    {
        return RankHarness.RunOverGloo(ranks, body, checksCalls: false, readsMemory: true);
    }
}
