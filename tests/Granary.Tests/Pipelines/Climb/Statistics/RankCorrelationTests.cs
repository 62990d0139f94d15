using Granary.Core.Randomness;

namespace Granary.Pipelines.Climb.Statistics.Tests;

public sealed class RankCorrelationTests
{
    // Without ties Spearman's is 1 - 6 Σd² / (n(n² - 1)): d² sums to 4 of 5 places, so 1 - 24/120.
    [TestCase(new[] { 1.0, 2, 3, 4, 5 }, new[] { 2.0, 1, 4, 3, 5 }, 0.8, Description = "two neighbours change places, twice")]
    [TestCase(new[] { 1.0, 2, 3 }, new[] { 30.0, 20, 10 }, -1, Description = "the opposite order")]
    [TestCase(new[] { 1.0, 2, 3 }, new[] { 1.0, 8, 27 }, 1, Description = "the same order, not in a line")]
    [TestCase(new[] { 1.0, 1, 2, 2 }, new[] { 1.0, 1, 2, 2 }, 1, Description = "the same ties")]
    [TestCase(new[] { 1.0, 2, 2, 3 }, new[] { 1.0, 2, 3, 4 }, 0.9486832980505138, Description = "a tie on one side: 4.5 / √(4.5 · 5)")]
    [TestCase(new[] { 7.0, 7, 7 }, new[] { 1.0, 2, 3 }, 0, Description = "a constant list says nothing")]
    [TestCase(new double[0], new double[0], 0, Description = "nothing")]
    public void Correlations_are_those_computed_by_hand(double[] left, double[] right, double spearman)
    {
        Assert.That(RankCorrelation.Spearman(left, right), Is.EqualTo(spearman).Within(1e-12));
    }

    [Test]
    public void Ranks_are_what_counting_smaller_and_equal_numbers_gives()
    {
        var key = RandomKey.FromSeed(5);
        var numbers = Enumerable.Range(0, 60).Select(i => (double)key.BelowAt(i, 20)).ToList();

        var ranks = RankCorrelation.Ranks(numbers);

        var counted = numbers.Select(number => numbers.Count(other => other < number) + ((numbers.Count(other => other == number) + 1) / 2.0));
        Assert.That(ranks, Is.EqualTo(counted));
    }

    [Test]
    public void The_best_quarter_is_all_that_counts_for_the_best()
    {
        double[] scores = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];
        double[] predictions = [3, 2, 1, 4, 5, 6, 7, 8, 9, 10, 11, 12];

        Assert.That(RankCorrelation.SpearmanOfBest(predictions, scores), Is.EqualTo(-1));
        Assert.That(RankCorrelation.Spearman(predictions, scores), Is.GreaterThan(0.9));
    }

    [Test]
    public void Lists_of_different_lengths_are_refused()
    {
        var thrown = Assert.Throws<ArgumentException>(() => RankCorrelation.Spearman([1], [1, 2]));

        Assert.That(thrown.Message, Does.Contain("'1'").And.Contain("'2'"));
    }
}
