namespace Granary.Training.Schedules.Tests;

public sealed class WarmupStableDecayScheduleTests
{
    [TestCase(0, 0.1, Description = "the first step is above zero")]
    [TestCase(9, 1.0, Description = "the warm-up reaches the peak")]
    [TestCase(79, 1.0, Description = "the plateau")]
    [TestCase(80, 1.0, Description = "the decay begins at the peak")]
    [TestCase(90, 0.55, Description = "half way down, between 1 and 0.1")]
    [TestCase(100, 0.1, Description = "the end")]
    [TestCase(500, 0.1, Description = "long after the end")]
    public void Factor_at_landmarks(long step, double expected)
    {
        var schedule = new WarmupStableDecayConfig { WarmupShare = 0.1, DecayShare = 0.2, FinalShare = 0.1 }.Build(100);

        Assert.That(schedule.FactorAt(step), Is.EqualTo(expected).Within(1e-12));
    }

    [Test]
    public void Without_decay_the_rate_stays_at_the_peak()
    {
        Assert.That(new WarmupStableDecayConfig { WarmupShare = 0, DecayShare = 0 }.Build(10).FactorAt(9), Is.EqualTo(1));
    }
}
