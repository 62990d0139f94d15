using Granary.Testing;

namespace Granary.Cli.Mixtures.Trials.Tests;

public sealed class PoolClockTests
{
    [Test]
    public void All_time_of_all_places_is_busy_beside_another_or_empty()
    {
        var time = new ManualClock();
        var clock = new PoolClock(time, places: 2);
        void Pass(double seconds) => time.Advance(TimeSpan.FromSeconds(seconds));

        Pass(1);
        clock.Begin();
        clock.Begin();
        Pass(4);
        clock.End(seconds: 3.5);
        Pass(2);
        clock.End(seconds: 5.5);
        Pass(1);

        var use = clock.Use;
        Assert.Multiple(() =>
        {
            Assert.That((use.Proxies, use.Places, use.Seconds), Is.EqualTo((2, 2, 8.0)));
            Assert.That((use.BusySeconds, use.BesideSeconds, use.EmptySeconds), Is.EqualTo((10.0, 2.0, 4.0)));
            Assert.That(use.BusySeconds + use.BesideSeconds + use.EmptySeconds, Is.EqualTo(use.Places * use.Seconds));
            Assert.That(use.StartSeconds, Is.EqualTo(1.0), "of 10 the proxies counted 9 themselves");
            Assert.That(use.Efficiency, Is.EqualTo(10.0 / 16));
        });
    }

    [Test]
    public void A_pool_that_nobody_used_is_no_division_by_zero()
    {
        var use = new PoolClock(new ManualClock(), places: 2).Use;

        Assert.That((use.Proxies, use.Efficiency), Is.EqualTo((0, 0.0)));
    }
}
