namespace Granary.Pipelines.Climb.Report.Plots.Tests;

public sealed class SpokenTests
{
    [TestCase(0, "0")]
    [TestCase(0.0004, "0.04\u00a0%")]
    [TestCase(0.0421, "4.2\u00a0%")]
    [TestCase(0.09949, "9.9\u00a0%")]
    [TestCase(0.0996, "10\u00a0%")]
    [TestCase(1, "100\u00a0%")]
    public void Shares_have_about_two_digits(double share, string said)
    {
        Assert.That(Spoken.Percent(share), Is.EqualTo(said));
    }

    [TestCase(59.94, "59.9 s")]
    [TestCase(59.96, "1 min 00 s")]
    [TestCase(3_599.6, "1 h 00 min")]
    [TestCase(90_061, "25 h 01 min")]
    public void Times_never_have_sixty_of_anything(double seconds, string said)
    {
        Assert.That(Spoken.Duration(seconds), Is.EqualTo(said));
    }

    [Test]
    public void A_score_that_is_none_is_called_that()
    {
        Assert.That(Spoken.Score(double.NaN), Is.EqualTo("none"));
        Assert.That(Spoken.Two(double.PositiveInfinity), Is.EqualTo("none"));
    }
}
