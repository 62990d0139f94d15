using Granary.Core.Progress;
using Granary.Core.Runs;
using Granary.Testing;

namespace Granary.Cli.Terminal.Tests;

public sealed class ProgressRateTests
{
    [Test]
    public void The_rate_counts_from_a_task_s_first_update()
    {
        var clock = new ManualClock();
        var rate = new ProgressRate(clock);

        var first = rate.Take(new ProgressUpdate("reading", 100, 400, "bytes"));
        clock.Advance(TimeSpan.FromSeconds(10));
        var second = rate.Take(new ProgressUpdate("reading", 200, 400, "bytes"));
        var other = rate.Take(new ProgressUpdate("writing", 300, 400, "bytes"));

        Assert.That(first, Is.EqualTo((0.0, (TimeSpan?)null)));
        Assert.That(second, Is.EqualTo((10.0, (TimeSpan?)TimeSpan.FromSeconds(20))));
        Assert.That(other, Is.EqualTo((0.0, (TimeSpan?)null)), "a new task begins anew");
    }

    [Test]
    public void Without_a_total_no_time_is_left_and_without_time_there_is_no_rate()
    {
        var clock = new ManualClock();
        var rate = new ProgressRate(clock);

        rate.Take(new ProgressUpdate("reading", 0, 0, "bytes"));
        var atOnce = rate.Take(new ProgressUpdate("reading", 10, 0, "bytes"));
        clock.Advance(TimeSpan.FromSeconds(2));
        var later = rate.Take(new ProgressUpdate("reading", 10, 0, "bytes"));

        Assert.That(atOnce, Is.EqualTo((0.0, (TimeSpan?)null)));
        Assert.That(later, Is.EqualTo((5.0, (TimeSpan?)null)));
    }

    [Test]
    public void Steps_tell_the_time_left_from_the_second_of_this_process_on()
    {
        var clock = new ManualClock();
        var steps = new StepClock(clock);

        var first = steps.Left(Step(10));
        clock.Advance(TimeSpan.FromSeconds(4));
        var third = steps.Left(Step(12));

        Assert.That(first, Is.Null);
        Assert.That(third, Is.EqualTo(TimeSpan.FromSeconds(2 * 7)), "two seconds a step, seven of twenty still to take");
    }

    internal static RunEvent Step(long step, double loss = 2.5)
    {
        return new RunEvent
        {
            Kind = "step",
            Step = step,
            Numbers = new Dictionary<string, double> { ["loss"] = loss, ["total_steps"] = 20, ["tokens_per_second"] = 1500, ["length"] = 64 },
        };
    }
}
