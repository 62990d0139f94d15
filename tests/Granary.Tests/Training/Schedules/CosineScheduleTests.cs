namespace Granary.Training.Schedules.Tests;

public sealed class CosineScheduleTests
{
    [TestCase(0, 0.1, Description = "the first step is above zero")]
    [TestCase(9, 1.0, Description = "the last step of the warm-up reaches the peak")]
    [TestCase(10, 1.0, Description = "the cosine begins at the peak")]
    [TestCase(60, 0.6, Description = "half way down, between 1 and 0.2")]
    [TestCase(110, 0.2, Description = "the end")]
    [TestCase(1_000_000, 0.2, Description = "long after the end")]
    public void Factor_at_landmarks(long step, double expected)
    {
        var schedule = new CosineScheduleConfig { WarmupShare = 10.0 / 110, FinalShare = 0.2 }.Build(110);

        Assert.That(schedule.FactorAt(step), Is.EqualTo(expected).Within(1e-12));
    }

    [Test]
    public void Without_warm_up_the_first_step_has_the_peak()
    {
        Assert.That(new CosineScheduleConfig { WarmupShare = 0 }.Build(5).FactorAt(0), Is.EqualTo(1));
    }

    [Test]
    public void A_step_before_the_first_is_refused()
    {
        Assert.That(() => new CosineScheduleConfig().Build(5).FactorAt(-1), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }
}
