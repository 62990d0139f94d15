using System.Numerics;
using FsCheck;
using FsCheck.Fluent;

namespace Granary.Data.Batching.Tests;

public sealed class EvenDealTests
{
    [FsCheck.NUnit.Property(MaxTest = 200)]
    public Property After_every_step_each_group_has_its_due_rounded_down_or_up()
    {
        return Prop.ForAll(Cases().ToArbitrary(), deal =>
        {
            var before = new long[deal.Totals.Length];
            var even = new EvenDeal(deal.Totals, deal.Steps);
            for (var step = 0; step < deal.Steps; step++)
            {
                var (start, after) = even.Around(step);
                Assert.That(start, Is.EqualTo(before));
                for (var i = 0; i < after.Length; i++)
                {
                    // |count - total (step + 1) / steps| < 1, in whole numbers.
                    Assert.That(BigInteger.Abs((new BigInteger(after[i]) * deal.Steps) - (new BigInteger(deal.Totals[i]) * (step + 1))), Is.LessThan(new BigInteger(deal.Steps)));
                    Assert.That(after[i], Is.GreaterThanOrEqualTo(before[i]));
                }

                Assert.That(after.Sum() - before.Sum(), Is.EqualTo(deal.Totals.Sum() / deal.Steps));
                before = after;
            }

            Assert.That(before, Is.EqualTo(deal.Totals));
        });
    }

    [FsCheck.NUnit.Property(MaxTest = 100)]
    public Property Deal_is_that_of_the_earliest_deadline_among_single_rows()
    {
        return Prop.ForAll(Cases().ToArbitrary(), deal =>
        {
            var even = new EvenDeal(deal.Totals, deal.Steps);

            Assert.That(Enumerable.Range(0, deal.Steps).Select(step => even.Around(step).After), Is.EqualTo(Reference(deal.Totals, deal.Steps)));
        });
    }

    [Test]
    public void Large_group_among_many_small_ones_is_never_a_row_behind()
    {
        // The divisor methods give the small ones their first rows all at once, and the large one is nine rows ahead by then.
        long[] totals = [18_000, .. Enumerable.Repeat(100L, 20)];
        var even = new EvenDeal(totals, 20_000);

        for (var step = 0; step < 1_000; step++)
        {
            Assert.That(even.Around(step).After[0], Is.EqualTo((step + 1) * 0.9).Within(0.9999));
        }
    }

    [Test]
    public void Any_step_is_the_same_whatever_was_asked_before_and_from_any_thread()
    {
        long[] totals = [7_001, 2_999, 30, 1_970];
        var expected = Enumerable.Range(0, 30).Select(i => new EvenDeal(totals, 3_000).Around(i * 97).After).ToList();
        var shared = new EvenDeal(totals, 3_000);

        var seen = new long[expected.Count][];
        Parallel.For(0, seen.Length, i => seen[^(i + 1)] = shared.Around((seen.Length - 1 - i) * 97).After);

        Assert.That(seen, Is.EqualTo(expected));
    }

    [Test]
    public void Totals_beyond_32_bits_are_dealt_exactly()
    {
        long[] totals = [3_000_000_000_001, 999_999_999_999];
        var even = new EvenDeal(totals, 4_000_000);

        var (before, after) = even.Around(300_000);

        Assert.Multiple(() =>
        {
            Assert.That(after.Sum() - before.Sum(), Is.EqualTo(1_000_000));
            Assert.That((double)after[0], Is.EqualTo(3_000_000_000_001.0 * 300_001 / 4_000_000).Within(1));
        });
    }

    private static Gen<(long[] Totals, int Steps)> Cases()
    {
        return
            from steps in Gen.Choose(1, 60)
            from rowsPerStep in Gen.Choose(1, 6)
            from groups in Gen.Choose(1, 7)
            from cuts in Gen.ListOf(Gen.Choose(0, steps * rowsPerStep), groups - 1)
            let borders = cuts.Append(0).Append(steps * rowsPerStep).Order().ToArray()
            select (borders.Skip(1).Zip(borders, (end, start) => (long)(end - start)).ToArray(), steps);
    }

    // Every row is a job with a window of steps; each step does the jobs that are due first.
    private static List<long[]> Reference(long[] totals, int steps)
    {
        var jobs = totals.Index()
            .SelectMany(group => Enumerable.Range(0, (int)group.Item).Select(row => (Group: group.Index, Release: row * steps / group.Item, Deadline: (((row + 1) * steps) + group.Item - 1) / group.Item)))
            .ToList();
        var counts = new long[totals.Length];
        var history = new List<long[]>();
        for (var step = 0; step < steps; step++)
        {
            var done = jobs.Where(job => job.Release <= step).OrderBy(job => job.Deadline).ThenBy(job => job.Group).Take((int)(totals.Sum() / steps)).ToList();
            Assert.That(done.Select(job => job.Deadline), Is.All.GreaterThan(step), "nothing is late");
            foreach (var job in done)
            {
                jobs.Remove(job);
                counts[job.Group]++;
            }

            history.Add([.. counts]);
        }

        return history;
    }
}
