namespace Granary.Cli.Mazes.Tests;

public sealed class ProportionTests
{
    [TestCase(0, 10, 0, 0, 0.2775, Description = "none")]
    [TestCase(10, 10, 1, 0.7225, 1, Description = "all")]
    [TestCase(50, 100, 0.5, 0.4038, 0.5962, Description = "half")]
    public void The_interval_is_Wilsons(long part, long whole, double value, double low, double high)
    {
        var share = Proportion.Of(part, whole);

        Assert.That(share.Value, Is.EqualTo(value));
        Assert.That(share.Low, Is.EqualTo(low).Within(1e-4));
        Assert.That(share.High, Is.EqualTo(high).Within(1e-4));
    }
}
