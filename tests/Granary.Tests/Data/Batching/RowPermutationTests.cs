using Granary.Core.Randomness;

namespace Granary.Data.Batching.Tests;

public sealed class RowPermutationTests
{
    [TestCase(1)]
    [TestCase(2)]
    [TestCase(1_000)]
    [TestCase(65_535, Description = "the longest table")]
    [TestCase(65_536, Description = "the shortest computed one, an exact power of two")]
    [TestCase(65_537, Description = "just above a power of two, where walking is longest")]
    [TestCase(200_003)]
    public void Every_number_comes_exactly_once(int count)
    {
        var permutation = new RowPermutation(RandomKey.FromSeed(1), count);

        var seen = new bool[count];
        for (var i = 0; i < count; i++)
        {
            seen[permutation.At(i)] = true;
        }

        Assert.That(seen, Is.All.True);
    }

    [TestCase(1_000)]
    [TestCase(100_000)]
    public void Numbers_are_spread_evenly_and_neighbours_do_not_stay_together(int count)
    {
        var permutation = new RowPermutation(RandomKey.FromSeed(2), count);

        // The rows of ten equal parts of the order each fall evenly over ten equal parts of the numbers.
        var table = new double[10, 10];
        var neighbours = 0;
        for (var i = 0; i < count; i++)
        {
            table[(long)i * 10 / count, permutation.At(i) * 10 / count]++;
            neighbours += i > 0 && Math.Abs(permutation.At(i) - permutation.At(i - 1)) == 1 ? 1 : 0;
        }

        var expected = count / 100.0;
        var chiSquare = table.Cast<double>().Sum(seen => (seen - expected) * (seen - expected) / expected);
        Assert.Multiple(() =>
        {
            Assert.That(chiSquare, Is.LessThan(126), "99.9 % of chi-square with 81 degrees of freedom, fixed margins");
            Assert.That(neighbours, Is.LessThan(12), "2 are expected");
        });
    }

    [TestCase(100)]
    [TestCase(70_000)]
    public void Other_key_gives_another_order(int count)
    {
        var (one, other) = (new RowPermutation(RandomKey.FromSeed(1), count), new RowPermutation(RandomKey.FromSeed(2), count));

        Assert.That(Enumerable.Range(0, count).Count(i => one.At(i) == other.At(i)), Is.LessThan(10), "one is expected");
    }
}
