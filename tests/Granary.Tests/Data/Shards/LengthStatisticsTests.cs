namespace Granary.Data.Shards.Tests;

/// <summary>The mixtures of the paper's table 1, in units of 2^30 tokens.</summary>
public sealed class LengthStatisticsTests
{
    [TestCase(6, new[] { 3, 6, 10, 17, 21, 17, 13, 9 }, 482, 1018, Description = "natural")]
    [TestCase(6, new[] { 12, 12, 12, 12, 12, 12, 12, 12 }, 257, 1020, Description = "equal")]
    [TestCase(10, new[] { 96 }, 1024, 512, Description = "1k only")]
    [TestCase(6, new[] { 16, 16, 16, 16, 16, 16 }, 195, 336, Description = "up to 2k")]
    [TestCase(8, new[] { 24, 24, 24, 24 }, 546, 480, Description = "mid")]
    [TestCase(10, new[] { 24, 24, 24, 24 }, 2185, 1920, Description = "from 1k")]
    [TestCase(8, new[] { 16, 16, 16, 16, 16, 16 }, 780, 1344, Description = "from 256")]
    public void Averages_of_the_published_mixtures(int firstExponent, int[] tokens, double sequence, double context)
    {
        var buckets = tokens.Select((count, i) => new TokenLedgerBucket
        {
            Exponent = firstExponent + i,
            Pieces = ((long)count << 30) >> (firstExponent + i),
        }).ToList();

        Assert.Multiple(() =>
        {
            Assert.That(LengthStatistics.AverageSequenceLength(buckets), Is.EqualTo(sequence).Within(0.6));
            Assert.That(LengthStatistics.AverageContextLength(buckets), Is.EqualTo(context).Within(0.6));
        });
    }
}
