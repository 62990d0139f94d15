using Granary.Core;

namespace Granary.Data.Shards.Tests;

public sealed class OrderedParallelTests
{
    [Test]
    public void Results_come_in_the_order_of_the_source_for_any_number_of_workers([Values(1, 2, 7)] int workers)
    {
        var options = new OrderedParallelOptions { Workers = workers, Ahead = 16 };

        var results = OrderedParallel.Map(Enumerable.Range(0, 2_000), Spin, options);

        Assert.That(results, Is.EqualTo(Enumerable.Range(0, 2_000)));
    }

    [Test]
    public void Source_is_never_read_further_ahead_than_allowed()
    {
        var read = 0;
        var options = new OrderedParallelOptions { Workers = 2, Ahead = 5 };
        var taken = 0;

        foreach (var result in OrderedParallel.Map(Enumerable.Range(0, 100).Select(_ => ++read), value => value, options))
        {
            taken++;
            Assert.That(read - taken, Is.LessThanOrEqualTo(5));
        }

        Assert.That(taken, Is.EqualTo(100));
    }

    [Test]
    public void Items_in_hand_weigh_no_more_than_allowed_unless_one_is_alone()
    {
        long[] weights = [3, 3, 3, 9, 1, 20, 1, 1, 8, 2, 10, 0, 0];
        var options = new OrderedParallelOptions { Workers = 2, Ahead = 5, WeightAhead = 10 };
        var read = new List<long>();
        var heaviest = new List<string>();
        var taken = 0;

        foreach (var weight in OrderedParallel.Map(weights.Select(Note), weight => weight, options, weigh: weight => weight))
        {
            taken++;
            Assert.That(weight, Is.EqualTo(weights[taken - 1]));

            // The last that was read is not in hand yet: it waits for room.
            var inHand = read.Skip(taken).SkipLast(1).ToList();
            if (inHand.Count > 1 && inHand.Sum() > options.WeightAhead)
            {
                heaviest.Add(string.Join(' ', inHand));
            }
        }

        Assert.That(taken, Is.EqualTo(weights.Length));
        Assert.That(heaviest, Is.Empty);

        long Note(long weight)
        {
            read.Add(weight);
            return weight;
        }
    }

    [Test]
    public void Failure_is_thrown_in_turn_and_names_the_item()
    {
        var options = new OrderedParallelOptions { Workers = 3, Ahead = 8 };
        var seen = new List<int>();

        var thrown = Assert.Throws<CorpusException>(() =>
        {
            foreach (var result in OrderedParallel.Map(Enumerable.Range(0, 100), FailAtFifty, options, item => $"page {item}"))
            {
                seen.Add(result);
            }
        });

        Assert.Multiple(() =>
        {
            Assert.That(seen, Is.EqualTo(Enumerable.Range(0, 50)));
            Assert.That(thrown.Message, Does.Contain("page 50").And.Contain("no such page"));
            Assert.That(thrown.InnerException, Is.TypeOf<FormatException>());
        });
    }

    [Test]
    public void Consumer_may_stop_early()
    {
        var options = new OrderedParallelOptions { Workers = 2, Ahead = 4 };

        Assert.That(OrderedParallel.Map(Enumerable.Range(0, int.MaxValue), value => value, options).Take(10), Is.EqualTo(Enumerable.Range(0, 10)));
    }

    [Test]
    public void Cancelling_ends_the_map()
    {
        using var cancellation = new CancellationTokenSource();
        var options = new OrderedParallelOptions { Workers = 2, Ahead = 4 };

        Assert.That(
            () => OrderedParallel.Map(Enumerable.Range(0, int.MaxValue), value => value, options, cancellationToken: cancellation.Token).First(value =>
            {
                cancellation.Cancel();
                return false;
            }),
            Throws.InstanceOf<OperationCanceledException>());
    }

    private static int Spin(int value)
    {
        // Work of very different lengths, so that workers finish out of order.
        var sum = 0;
        for (var i = 0; i < value % 17 * 1_000; i++)
        {
            sum += i;
        }

        return sum == 1 ? -1 : value;
    }

    private static int FailAtFifty(int value)
    {
        return value == 50 ? throw new FormatException("no such page") : value;
    }
}
