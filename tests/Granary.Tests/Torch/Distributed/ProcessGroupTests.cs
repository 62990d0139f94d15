using Granary.Testing;

namespace Granary.Torch.Distributed.Tests;

public sealed class ProcessGroupTests
{
    [TestCase(1)]
    [TestCase(2)]
    [TestCase(3)]
    [TestCase(5)]
    public void An_all_reduce_gives_every_rank_the_sum(int ranks)
    {
        var sums = RankHarness.Run(ranks, group =>
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
        RankHarness.Run(3, group =>
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
    public void Rows_go_to_the_ranks_they_are_for()
    {
        var received = RankHarness.Run(3, group =>
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
        var sums = RankHarness.Run(4, group =>
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
        var values = RankHarness.Run(3, group =>
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
        RankHarness.Run(2, group =>
        {
            using var scope = torch.NewDisposeScope();
            var columns = torch.zeros([4, 4]).narrow(1, 0, 2);

            Assert.That(() => group.isend(columns, 1 - group.rank), Throws.ArgumentException.With.Message.Contains("contiguous"));
        });
    }

    [Test]
    public void Bytes_sent_are_counted()
    {
        var sent = RankHarness.Run(4, group =>
        {
            using var tensor = torch.zeros([8]);
            group.all_reduce(tensor).wait();
            return group.BytesSent;
        });

        // Three quarters of 32 bytes scattered, then as much gathered.
        Assert.That(sent, Has.All.EqualTo(48));
    }
}
