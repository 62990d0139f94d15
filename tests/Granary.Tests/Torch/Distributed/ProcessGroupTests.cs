using Granary.Core.Randomness;
using Granary.Testing;

namespace Granary.Torch.Distributed.Tests;

[TestFixture(RankBackend.Local)]
[TestFixture(RankBackend.Gloo)]
[TestFixture(RankBackend.Memory)]
public sealed class ProcessGroupTests
{
    private readonly RankBackend _backend;

    public ProcessGroupTests(RankBackend backend)
    {
        _backend = backend;
    }

    [TestCase(1)]
    [TestCase(2)]
    [TestCase(3)]
    [TestCase(5)]
    public void An_all_reduce_gives_every_rank_the_sum(int ranks)
    {
        var sums = RankHarness.Run(_backend, ranks, group =>
        {
            using var tensor = torch.full([7], group.rank + 1.0);
            group.all_reduce(tensor).wait();
            return tensor.data<float>().ToArray();
        });

        Assert.That(sums, Has.All.EqualTo(Enumerable.Repeat(ranks * (ranks + 1) / 2f, 7)));
    }

    [Test]
    public void Parts_of_a_sum_have_the_bits_of_the_whole_sum()
    {
        RankHarness.Run(_backend, 3, group =>
        {
            using var scope = torch.NewDisposeScope();
            using var values = torch.randn([12], generator: new Generator(group.rank));
            var part = torch.empty([4]);
            group.reduce_scatter_tensor(part, values).wait();
            var gathered = torch.empty([12]);
            group.all_gather_into_tensor(gathered, part).wait();
            group.all_reduce(values).wait();

            Assert.That(gathered.data<float>().ToArray(), Is.EqualTo(values.data<float>().ToArray()));
        });
    }

    [Test]
    public void A_scattered_sum_has_the_bits_of_adding_in_the_order_of_the_ranks_in_place_and_apart(
        [Values(2, 3, 4)] int ranks, [Values] ReduceOp op, [Values] bool isInPlace)
    {
        RankHarness.Run(_backend, ranks, group =>
        {
            using var scope = torch.NewDisposeScope();
            var values = torch.randn([5 * ranks], generator: new Generator(group.rank));
            var all = torch.empty([5 * ranks * ranks]);
            group.all_gather_into_tensor(all, values).wait();
            var parts = Enumerable.Range(0, ranks).Select(rank => all.narrow(0, 5 * ((rank * ranks) + group.rank), 5).data<float>().ToArray());
            var expected = parts.Aggregate((sum, part) => [.. sum.Zip(part, (one, other) => op switch
            {
                ReduceOp.Max => Math.Max(one, other),
                ReduceOp.Min => Math.Min(one, other),
                _ => one + other,
            })]);

            var output = isInPlace ? values.narrow(0, 5 * group.rank, 5) : torch.empty([5]);
            group.reduce_scatter_tensor(output, values, op).wait();

            Assert.That(output.data<float>().ToArray(), Is.EqualTo(expected));
        });
    }

    [Test]
    public void Rows_go_to_the_ranks_they_are_for()
    {
        var received = RankHarness.Run(_backend, 3, group =>
        {
            // Rank r sends p + 1 rows of the number 10 r + p to rank p.
            using var scope = torch.NewDisposeScope();
            var sent = torch.cat([.. Enumerable.Range(0, 3).Select(peer => torch.full([peer + 1, 1], (10 * group.rank) + peer))], 0);
            var output = torch.empty([3 * (group.rank + 1), 1]);
            group.all_to_all_single(output, sent, [.. Enumerable.Repeat(group.rank + 1L, 3)], [1, 2, 3]).wait();
            return output.data<float>().ToArray();
        });

        Assert.That(received[1], Is.EqualTo(new[] { 1f, 1, 11, 11, 21, 21 }));
    }

    [Test]
    public void Groups_inside_a_group_exchange_among_themselves()
    {
        var sums = RankHarness.Run(_backend, 4, group =>
        {
            using var even = group.new_group([0, 2]);
            using var odd = group.new_group([1, 3]);
            using var tensor = torch.full([1], group.rank);
            (even ?? odd)!.all_reduce(tensor).wait();
            return tensor.item();
        });

        Assert.That(sums, Is.EqualTo(new[] { 2, 4, 2, 4 }));
    }

    [Test]
    public void A_broadcast_gives_every_rank_the_sources_values()
    {
        var values = RankHarness.Run(_backend, 3, group =>
        {
            using var tensor = torch.full([2], group.rank);
            group.broadcast(tensor, src: 1).wait();
            return tensor.data<float>().ToArray();
        });

        Assert.That(values, Has.All.EqualTo(new[] { 1f, 1f }));
    }

    [Test]
    public void A_tensor_with_gaps_is_refused_before_anything_is_sent()
    {
        RankHarness.Run(_backend, 2, group =>
        {
            using var scope = torch.NewDisposeScope();
            var columns = torch.zeros([4, 4]).narrow(1, 0, 2);

            Assert.That(() => group.isend(columns, 1 - group.rank), Throws.ArgumentException.With.Message.Contains("contiguous"));
        });
    }

    [Test]
    public void Bytes_sent_are_counted()
    {
        var sent = RankHarness.Run(_backend, 4, group =>
        {
            using var tensor = torch.zeros([8]);
            group.all_reduce(tensor).wait();
            return group.BytesSent;
        });

        // Three quarters of 32 bytes scattered, then as much gathered.
        Assert.That(sent, Has.All.EqualTo(48));
    }

    [Test]
    public void Tensors_of_every_type_come_as_they_were_sent([Values] ScalarType type)
    {
        RankHarness.Run(_backend, 2, group =>
        {
            using var scope = torch.NewDisposeScope();
            var sent = torch.tensor(new[] { 0f, 1f, 1f, 0f }).to(type);
            var received = torch.zeros([4], type);
            using (var exchanged = torch.NewDisposeScope())
            {
                group.batch_isend_irecv([PeerOperation.Send(sent, 1 - group.rank), PeerOperation.Receive(received, 1 - group.rank)]).wait();
            }

            Assert.That(received.to(ScalarType.Float32).data<float>().ToArray(), Is.EqualTo(new[] { 0f, 1f, 1f, 0f }));
        });
    }

    [Test]
    public void What_is_sent_with_one_tag_comes_in_its_order_whatever_other_tags_do()
    {
        RankHarness.Run(_backend, 2, group =>
        {
            using var scope = torch.NewDisposeScope();
            var peer = 1 - group.rank;
            var sent = Enumerable.Range(0, 6).Select(number => torch.full([3], number)).ToList();
            var received = Enumerable.Range(0, 6).Select(_ => torch.zeros([3])).ToList();

            // Even numbers have tag 7, odd ones tag 2; the odd ones are received first.
            var sends = sent.Select((tensor, number) => group.isend(tensor, peer, number % 2 == 0 ? 7 : 2)).ToList();
            var odd = Enumerable.Range(0, 3).Select(index => group.irecv(received[(2 * index) + 1], peer, 2)).ToList();
            var even = Enumerable.Range(0, 3).Select(index => group.irecv(received[2 * index], peer, 7)).ToList();
            odd.Concat(even).Concat(sends).ToList().ForEach(work => work.wait());

            Assert.That(received.Select(tensor => tensor.mean().item()), Is.EqualTo(new[] { 0f, 1, 2, 3, 4, 5 }));
        });
    }

    [Test]
    public void Parts_without_rows_are_not_waited_for()
    {
        RankHarness.Run(_backend, 3, group =>
        {
            // All rows are for rank 0.
            using var scope = torch.NewDisposeScope();
            var sent = torch.full([2, 2], group.rank);
            var output = torch.empty([group.rank == 0 ? 6 : 0, 2]);
            group.all_to_all_single(output, sent, [.. Enumerable.Repeat(group.rank == 0 ? 2L : 0L, 3)], [2, 0, 0]).wait();

            Assert.That(output.data<float>().ToArray(), Is.EqualTo(group.rank == 0 ? new[] { 0f, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2 } : []));
        });
    }

    [Test]
    public void A_group_of_a_group_keeps_the_order_it_was_given()
    {
        var gathered = RankHarness.Run(_backend, 4, group =>
        {
            using var scope = torch.NewDisposeScope();
            using var three = group.new_group([3, 0, 2]);
            using var two = three?.new_group([2, 1]);
            if (two is null)
            {
                return [];
            }

            var output = torch.empty([2]);
            two.all_gather_into_tensor(output, torch.full([1], group.rank)).wait();
            return output.data<float>().ToArray();
        });

        Assert.That(gathered, Is.EqualTo(new[] { new[] { 2f, 0 }, [], [2, 0], [] }));
    }

    [Test]
    public void The_largest_and_the_smallest_come_as_sums_do()
    {
        var found = RankHarness.Run(_backend, 3, group =>
        {
            using var scope = torch.NewDisposeScope();
            var (largest, smallest) = (torch.full([2], group.rank), torch.full([2], group.rank));
            group.all_reduce(largest, ReduceOp.Max).wait();
            group.all_reduce(smallest, ReduceOp.Min).wait();
            return (largest.mean().item(), smallest.mean().item());
        });

        Assert.That(found, Has.All.EqualTo((2f, 0f)));
    }

    [Test]
    public void Ranks_that_are_ahead_or_behind_at_random_change_nothing()
    {
        const int Ranks = 4, Rounds = 50;

        var sums = RankHarness.Run(_backend, Ranks, group =>
        {
            var delays = RandomKey.FromSeed(group.rank);
            var total = 0.0;
            for (var round = 0; round < Rounds; round++)
            {
                // Counted work, up to about a millisecond.
                Thread.SpinWait((int)delays.BelowAt(round, 50_000));
                using var scope = torch.NewDisposeScope();
                var (values, sent, received) = (torch.full([5], round + group.rank), torch.full([1], (100 * round) + group.rank), torch.zeros([1]));
                var (next, previous) = ((group.rank + 1) % Ranks, (group.rank + Ranks - 1) % Ranks);
                var hop = group.batch_isend_irecv([PeerOperation.Send(sent, next), PeerOperation.Receive(received, previous)]);
                var sum = group.all_reduce(values);
                sum.wait();
                hop.wait();
                Assert.That(received.item(), Is.EqualTo((100 * round) + previous));
                total += values.mean().item();
            }

            return total;
        });

        Assert.That(sums, Has.All.EqualTo(Enumerable.Range(0, Rounds).Sum(round => (Ranks * round) + 6)));
    }
}
