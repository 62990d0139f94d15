using Granary.Core.Randomness;

namespace Granary.Pipelines.Climb.Statistics.Tests;

public sealed class RandomOrderTests
{
    [TestCase(0)]
    [TestCase(1)]
    [TestCase(50)]
    public void Each_number_comes_once(int count)
    {
        Assert.That(RandomOrder.Of(count, RandomKey.FromSeed(1)).Order(), Is.EqualTo(Enumerable.Range(0, count)));
    }

    [Test]
    public void Every_order_of_three_is_about_as_likely()
    {
        var orders = Enumerable.Range(0, 6_000).Select(i => string.Join(' ', RandomOrder.Of(3, RandomKey.FromSeed(i)))).CountBy(order => order).ToDictionary();

        Assert.That(orders, Has.Count.EqualTo(6));
        Assert.That(orders.Values, Is.All.EqualTo(1_000).Within(150));
    }
}
