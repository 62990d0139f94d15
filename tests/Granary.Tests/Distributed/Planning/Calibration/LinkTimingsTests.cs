namespace Granary.Distributed.Planning.Calibration.Tests;

public sealed class LinkTimingsTests
{
    private const double Rate = 2e9;
    private const double Latency = 30e-6;

    [TestCase(1, 1, LinkKind.Mesh)]
    [TestCase(1, 2, LinkKind.Port)]
    [TestCase(2, 4, LinkKind.HalfDuplexPort)]
    public void Ratios_of_the_probes_tell_the_kind_of_link(double bothWays, double twoPeers, LinkKind expected)
    {
        var link = new LinkTimings(Messages(1), Messages(bothWays), Messages(twoPeers)).ToLink();

        Assert.That(link.Kind, Is.EqualTo(expected));
        Assert.That(link.BytesPerSecond, Is.EqualTo(Rate).Within(1));
        Assert.That(link.LatencySeconds, Is.EqualTo(Latency).Within(1e-9));
    }

    [Test]
    public void Two_ranks_have_a_port_each()
    {
        var link = new LinkTimings(Messages(1), Messages(1), []).ToLink();

        Assert.That(link.Kind, Is.EqualTo(LinkKind.Port));
        Assert.That(link.BytesPerSecond, Is.EqualTo(Rate).Within(1));
    }

    [Test]
    public void The_reason_names_the_ratios()
    {
        Assert.That(new LinkTimings(Messages(1), Messages(1), Messages(2)).Reason(), Is.EqualTo("both ways take 1.00 times as long as one way, two peers 1.99 times as long as one"));
    }

    // A port's load, in messages.
    private static List<Timing> Messages(double load)
    {
        return [.. new[] { 1e6, 2e6, 4e6 }.Select(bytes => new Timing(bytes, Latency + (load * bytes / Rate)))];
    }
}
