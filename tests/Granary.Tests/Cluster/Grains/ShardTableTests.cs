using Granary.Cluster.Ledger;
using Granary.Core.Randomness;

namespace Granary.Cluster.Grains.Tests;

public sealed class ShardTableTests
{
    [Test]
    public void Shards_are_taken_in_their_order_lane_by_lane()
    {
        var table = Table(threads: [1, 2, 1, 2]);

        Assert.Multiple(() =>
        {
            Assert.That(table.Waiting, Is.EqualTo(new[] { 1, 2 }));
            Assert.That(Drain(table, 1), Is.EqualTo(new[] { 0, 2 }));
            Assert.That(table.Waiting, Is.EqualTo(new[] { 2 }));
            Assert.That(Drain(table, 2), Is.EqualTo(new[] { 1, 3 }));
            Assert.That(table.Take(3), Is.Null);
        });
    }

    [Test]
    public void A_shard_that_is_taken_is_nobody_elses_until_it_is_settled()
    {
        var table = Table(threads: [1]);
        table.Take(1);

        Assert.Multiple(() =>
        {
            Assert.That(table.Take(1), Is.Null);
            Assert.That(table.Expire(0, table.Leases).Opened, Is.Null, "the database may still find it free");
            Assert.That(table.PutBack(0).Opened, Is.EqualTo(1));
            Assert.That(table.Take(1), Is.Zero);
        });
    }

    [Test]
    public void A_lease_runs_until_its_row_says_what_came_of_it()
    {
        var table = Table(threads: [3]);
        table.Take(3);

        var leased = table.Lease(0, Epoch(1), "n");
        var running = table.Running;
        var done = table.Apply(Row(0, ShardState.Done, epoch: 1, threads: 3));

        Assert.Multiple(() =>
        {
            Assert.That(leased, Is.EqualTo(new ShardChange { IsNew = true }));
            Assert.That(running, Is.EqualTo(new[] { new RunningShard(0, 3, "n", Epoch(1)) }));
            Assert.That(done, Is.EqualTo(new ShardChange { IsNew = true, Ended = (0, Epoch(1)) }));
            Assert.That(table.Running, Is.Empty);
            Assert.That(table.IsOver, Is.True);
        });
    }

    [Test]
    public void A_shard_that_is_given_back_is_granted_again()
    {
        var table = Leased(epoch: 1);

        var change = table.Apply(Row(0, ShardState.Free, epoch: 1));

        Assert.Multiple(() =>
        {
            Assert.That(change, Is.EqualTo(new ShardChange { IsNew = true, Ended = (0, Epoch(1)), Opened = 1 }));
            Assert.That(table.Take(1), Is.Zero);
        });
    }

    [TestCase(ShardState.Leased, 1, Description = "the same")]
    [TestCase(ShardState.Free, 0, Description = "from before it was granted")]
    [TestCase(ShardState.Done, 0, Description = "of an older grant")]
    public void A_row_that_is_no_newer_changes_nothing(ShardState state, long epoch)
    {
        var table = Leased(epoch: 1);

        Assert.Multiple(() =>
        {
            Assert.That(table.Apply(Row(0, state, epoch)), Is.EqualTo(ShardChange.None));
            Assert.That(table.Counts[ShardState.Leased], Is.EqualTo(1));
        });
    }

    [Test]
    public void A_row_that_was_read_before_the_commit_does_not_undo_it()
    {
        var table = Leased(epoch: 1);
        table.Apply(Row(0, ShardState.Done, epoch: 1));

        table.Apply(Row(0, ShardState.Leased, epoch: 1));

        Assert.That(table.IsOver, Is.True);
    }

    [Test]
    public void A_grant_that_was_cancelled_before_it_was_known_does_not_run()
    {
        var table = Table(threads: [1]);
        table.Take(1);
        table.Apply(Row(0, ShardState.Cancelled, epoch: 2));

        table.Lease(0, Epoch(1), "n");

        Assert.Multiple(() =>
        {
            Assert.That(table.Running, Is.Empty);
            Assert.That(table.Counts[ShardState.Cancelled], Is.EqualTo(1));
        });
    }

    [Test]
    public void A_lease_that_is_over_no_longer_runs_and_is_granted_again()
    {
        var table = Leased(epoch: 1);

        var change = table.Expire(0, table.Leases);

        Assert.Multiple(() =>
        {
            Assert.That(change, Is.EqualTo(new ShardChange { Ended = (0, Epoch(1)), Opened = 1 }));
            Assert.That(table.Running, Is.Empty);
            Assert.That(table.Counts[ShardState.Leased], Is.EqualTo(1), "as in the ledger");
            Assert.That(table.Take(1), Is.Zero);
        });
    }

    [Test]
    public void A_lease_of_after_the_question_is_not_over()
    {
        var table = Table(threads: [1]);
        var leases = table.Leases;
        table.Take(1);
        table.Lease(0, Epoch(1), "n");

        Assert.Multiple(() =>
        {
            Assert.That(table.Expire(0, leases), Is.EqualTo(ShardChange.None));
            Assert.That(table.Running, Has.Count.EqualTo(1));
        });
    }

    [Test]
    public void A_lease_that_was_over_and_is_committed_after_all_is_not_granted_again()
    {
        var table = Leased(epoch: 1);
        table.Expire(0, table.Leases);

        table.Apply(Row(0, ShardState.Done, epoch: 1));

        Assert.Multiple(() =>
        {
            Assert.That(table.Waiting, Is.Empty);
            Assert.That(table.Take(1), Is.Null);
        });
    }

    [Test]
    public void Only_shards_in_front_of_the_last_lease_can_be_over()
    {
        var table = Table(threads: [1, 1, 1, 1]);

        var before = table.EndOfLeased;
        table.Take(1);
        table.Take(1);
        table.Lease(1, Epoch(1), "n");

        Assert.Multiple(() =>
        {
            Assert.That(before, Is.Zero);
            Assert.That(table.EndOfLeased, Is.EqualTo(2));
        });
    }

    [Test]
    public void Nothing_is_left_to_do_of_no_shards()
    {
        Assert.That(new ShardTable().IsOver, Is.True);
    }

    /// <summary>Rows change in a pretended database; what the table is told of them is late, twice or never until a sweep.</summary>
    [TestCaseSource(nameof(Seeds))]
    public void Nothing_is_granted_twice_and_everything_ends_however_news_travel(int seed)
    {
        var key = RandomKey.FromSeed(seed).Use("news");
        var rows = Enumerable.Range(0, 12).Select(index => Row(index, ShardState.Free, epoch: 0, threads: 1 + (index % 3))).ToList();
        var table = new ShardTable();
        rows.ForEach(row => table.Apply(row));
        var news = new List<ShardRow>();
        var held = new HashSet<int>();

        for (var step = 0; rows.Exists(row => row.State is ShardState.Free or ShardState.Leased); step++)
        {
            Assert.That(step, Is.LessThan(5_000), "it never ends");
            var draw = key.Fold(step);
            switch (draw.BelowAt(0, 5))
            {
                case 0 or 1 when table.Take(1 + (int)draw.BelowAt(1, 3)) is { } taken:
                    Grant(taken);
                    break;
                case 2 when held.Count > 0:
                    var ended = held.ElementAt((int)draw.BelowAt(2, held.Count));
                    held.Remove(ended);
                    rows[ended] = rows[ended] with { State = draw.BelowAt(3, 3) == 0 ? ShardState.Free : ShardState.Done };
                    Tell(rows[ended], draw);
                    break;
                case 3 when news.Count > 0:
                    table.Apply(news[(int)draw.BelowAt(4, news.Count)]);
                    break;
                case 4:
                    rows.ForEach(row => table.Apply(row));
                    break;
            }
        }

        rows.ForEach(row => table.Apply(row));
        Assert.That(table.IsOver, Is.True);

        void Grant(int index)
        {
            if (rows[index].State != ShardState.Free)
            {
                table.Drop(index); // as the ledger refuses it
                table.Apply(rows[index]);
                return;
            }

            Assert.That(held.Add(index), Is.True);
            rows[index] = rows[index] with { State = ShardState.Leased, Token = Epoch(rows[index].Token.Epoch + 1), Owner = "n" };
            table.Lease(index, rows[index].Token, "n");
            news.Add(rows[index]);
        }

        void Tell(ShardRow row, RandomKey draw)
        {
            news.Add(row);
            if (draw.BelowAt(5, 2) == 0)
            {
                table.Apply(row);
            }
        }
    }

    private static IEnumerable<int> Seeds => Enumerable.Range(0, 100);

    private static ShardTable Table(int[] threads)
    {
        var table = new ShardTable();
        foreach (var index in Enumerable.Range(0, threads.Length))
        {
            table.Apply(Row(index, ShardState.Free, epoch: 0, threads[index]));
        }

        return table;
    }

    private static ShardTable Leased(long epoch)
    {
        var table = Table(threads: [1]);
        table.Take(1);
        table.Lease(0, Epoch(epoch), "n");
        return table;
    }

    private static List<int> Drain(ShardTable table, int threads)
    {
        var taken = new List<int>();
        while (table.Take(threads) is { } index)
        {
            taken.Add(index);
        }

        return taken;
    }

    private static LeaseToken Epoch(long epoch) => new(1, epoch);

    private static ShardRow Row(int index, ShardState state, long epoch, int threads = 1)
    {
        return new ShardRow
        {
            Key = new ShardKey("d", index),
            State = state,
            Work = new ShardWork { Arguments = ["x"], Threads = threads },
            Token = Epoch(epoch),
            Owner = epoch > 0 ? "n" : null,
        };
    }
}
