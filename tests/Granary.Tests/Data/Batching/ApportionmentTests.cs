using FsCheck;
using FsCheck.Fluent;

namespace Granary.Data.Batching.Tests;

public sealed class ApportionmentTests
{
    [TestCase(10, new[] { 1.0, 1, 2 }, new[] { 100L, 100, 100 }, new[] { 3L, 2, 5 }, Description = "2.5 + 2.5 + 5: the tie goes to the first")]
    [TestCase(10, new[] { 8.0, 1, 1 }, new[] { 4L, 100, 100 }, new[] { 4L, 3, 3 }, Description = "what the first cannot take goes to the others")]
    [TestCase(10, new[] { 1.0, 0, 1 }, new[] { 2L, 100, 3 }, new[] { 2L, 0, 3 }, Description = "nothing goes to a part without weight")]
    [TestCase(0, new[] { 1.0, 1 }, new[] { 5L, 5 }, new[] { 0L, 0 })]
    [TestCase(7, new[] { 1.0, 1, 1 }, new[] { 0L, 5, 5 }, new[] { 0L, 4, 3 }, Description = "a bound of nothing")]
    public void Parts_of_a_total(long total, double[] weights, long[] bounds, long[] expected)
    {
        Assert.That(Apportionment.Split(total, weights, bounds), Is.EqualTo(expected));
    }

    [FsCheck.NUnit.Property(MaxTest = 300)]
    public Property Parts_sum_up_within_their_bounds_and_less_than_one_from_their_amounts()
    {
        var cases =
            from parts in Gen.Choose(1, 8)
            from total in Gen.Choose(0, 1_000)
            from weights in Gen.ArrayOf(Gen.Choose(0, 50), parts)
            from bounds in Gen.ArrayOf(Gen.Choose(0, 400), parts)
            select (total, weights: weights.Select(weight => weight / 7.0).ToArray(), bounds: bounds.Select(bound => (long)bound).ToArray());
        return Prop.ForAll(cases.ToArbitrary(), item =>
        {
            var amounts = Apportionment.Fill(item.total, item.weights, [.. item.bounds.Select(bound => (double)bound)]);

            var split = Apportionment.Split(item.total, item.weights, item.bounds);

            var room = item.bounds.Where((_, i) => item.weights[i] > 0).Sum();
            Assert.Multiple(() =>
            {
                Assert.That(split.Sum(), Is.EqualTo(Math.Min(item.total, room)));
                Assert.That(amounts.Sum(), Is.EqualTo((double)Math.Min(item.total, room)).Within(1e-9));
                Assert.That(split.Zip(item.bounds, (part, bound) => bound - part), Is.All.GreaterThanOrEqualTo(0));
                Assert.That(split.Zip(amounts, (part, amount) => Math.Abs(part - amount)), Is.All.LessThan(1));

                // Those that are not full share one level: amount / weight.
                var levels = Enumerable.Range(0, split.Length).Where(i => item.weights[i] > 0 && amounts[i] < item.bounds[i]).Select(i => amounts[i] / item.weights[i]).ToList();
                Assert.That(levels.Count == 0 ? 0 : levels.Max() - levels.Min(), Is.LessThan(1e-9));
            });
        });
    }
}
