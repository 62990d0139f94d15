namespace Granary.Training.Evaluation.Retrieval.Tests;

public sealed class BinomialIntervalTests
{
    // Wilson's interval without continuity correction, to four places: the ends solve (p - h/n)^2 = z^2 p (1 - p) / n.
    [TestCase(0, 10, 0.0, 0.2775)]
    [TestCase(5, 10, 0.2366, 0.7634)]
    [TestCase(50, 50, 0.9287, 1.0)]
    [TestCase(0, 0, 0.0, 1.0, Description = "nothing is known without items")]
    public void The_interval_is_the_published_one(int hits, int items, double low, double high)
    {
        var interval = BinomialInterval.Of(hits, items);

        Assert.That(interval.Low, Is.EqualTo(low).Within(5e-5));
        Assert.That(interval.High, Is.EqualTo(high).Within(5e-5));
    }

    [Test]
    public void The_ends_solve_the_equation_that_defines_them()
    {
        var interval = BinomialInterval.Of(7, 31);

        foreach (var end in new[] { interval.Low, interval.High })
        {
            Assert.That(Math.Pow(end - (7 / 31.0), 2), Is.EqualTo(1.959963984540054 * 1.959963984540054 * end * (1 - end) / 31).Within(1e-12));
        }
    }

    [Test]
    public void More_hits_than_items_are_refused()
    {
        Assert.That(() => BinomialInterval.Of(3, 2), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }
}
