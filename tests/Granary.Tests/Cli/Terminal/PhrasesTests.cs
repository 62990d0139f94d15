using Granary.Core.Progress;

namespace Granary.Cli.Terminal.Tests;

public sealed class PhrasesTests
{
    [TestCase(0, "0")]
    [TestCase(9_999, "9,999")]
    [TestCase(10_000, "10.0 k")]
    [TestCase(1_234_567, "1.2 M")]
    [TestCase(2_500_000_000, "2.50 G")]
    public void Counts_are_short(double count, string expected)
    {
        Assert.That(Phrases.Short(count), Is.EqualTo(expected));
    }

    [TestCase(0, "0 s")]
    [TestCase(0.2, "1 s", Description = "what is begun is a second")]
    [TestCase(59.2, "1 min 00 s", Description = "never 60 s")]
    [TestCase(61, "1 min 01 s")]
    [TestCase(3_600, "1 h 00 min")]
    [TestCase(3_599.5, "1 h 00 min", Description = "never 59 min 60 s")]
    [TestCase(100_000, "27 h 46 min", Description = "hours, not days")]
    public void Durations_are_two_numbers_at_most(double seconds, string expected)
    {
        Assert.That(Phrases.Duration(TimeSpan.FromSeconds(seconds)), Is.EqualTo(expected));
    }

    [Test]
    public void A_line_of_progress_has_rate_and_time_left_where_they_are_known()
    {
        var update = new ProgressUpdate("reading", 50, 200, "bytes");

        Assert.That(Phrases.Line(update, 10, TimeSpan.FromSeconds(15)), Is.EqualTo("reading: 25 % of 200 bytes, 10 bytes/s, 15 s left"));
        Assert.That(Phrases.Line(update with { Total = 0 }, 0, null), Is.EqualTo("reading: 50 bytes"));
    }
}
