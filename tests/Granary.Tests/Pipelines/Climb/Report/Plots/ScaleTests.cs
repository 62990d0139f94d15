namespace Granary.Pipelines.Climb.Report.Plots.Tests;

public sealed class ScaleTests
{
    [TestCase(0, 1, "0.0 0.2 0.4 0.6 0.8 1.0")]
    [TestCase(3.31, 3.47, "3.32 3.34 3.36 3.38 3.40 3.42 3.44 3.46", Description = "steps as fine as the span asks")]
    [TestCase(1, 112, "0 20 40 60 80 100")]
    [TestCase(-0.3, 0.3, "-0.3 -0.2 -0.1 0.0 0.1 0.2 0.3", Description = "no minus zero")]
    [TestCase(1e-7, 3e-7, "0.00000010 0.00000015 0.00000020 0.00000025 0.00000030")]
    public void Ticks_are_round(double low, double high, string labels)
    {
        var scale = new Scale(low, high, 0, 100);

        Assert.That(string.Join(' ', scale.Ticks.Select(scale.Label)), Is.EqualTo(labels));
    }

    [Test]
    public void Places_run_from_end_to_end_and_values_beyond_stand_at_the_edge()
    {
        var scale = new Scale(0, 10, 300, 20);

        Assert.That(scale.At(-0.5), Is.EqualTo(300));
        Assert.That(scale.At(10.5), Is.EqualTo(20));
        Assert.That(scale.At(5), Is.EqualTo(160));
        Assert.That(scale.At(1e9), Is.EqualTo(20));
        Assert.That(scale.Holds(10.4), Is.True);
        Assert.That(scale.Holds(11), Is.False);
    }

    [TestCase(3.5)]
    [TestCase(0)]
    public void One_value_has_room_around_it(double value)
    {
        var scale = new Scale(value, value, 0, 100);

        Assert.That(scale.At(value), Is.EqualTo(50).Within(1e-6));
        Assert.That(scale.Ticks, Is.Not.Empty);
    }
}
