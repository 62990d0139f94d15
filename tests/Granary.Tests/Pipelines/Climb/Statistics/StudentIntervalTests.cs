namespace Granary.Pipelines.Climb.Statistics.Tests;

public sealed class StudentIntervalTests
{
    [TestCase(1, 12.706204736)]
    [TestCase(2, 4.302652730)]
    [TestCase(9, 2.262157163)]
    [TestCase(30, 2.042272456)]
    [TestCase(100, 1.983971519)]
    public void Quantiles_are_those_of_the_tables(int degrees, double expected)
    {
        Assert.That(StudentInterval.Quantile(0.975, degrees), Is.EqualTo(expected).Within(1e-7));
    }

    [Test]
    public void Three_numbers_are_computed_by_hand()
    {
        var interval = StudentInterval.Of([1, 2, 3]);

        Assert.That(interval.Mean, Is.EqualTo(2));
        Assert.That(interval.High - 2, Is.EqualTo(4.302652730 / Math.Sqrt(3)).Within(1e-7));
        Assert.That(2 - interval.Low, Is.EqualTo(interval.High - 2).Within(1e-12));
        Assert.That(interval.ExcludesZero, Is.False);
    }

    [Test]
    public void One_number_has_no_interval()
    {
        Assert.Throws<ArgumentException>(() => StudentInterval.Of([1]));
    }
}
