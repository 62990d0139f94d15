using Granary.Core.Runs;
using Granary.Pipelines.Climb.Search;

namespace Granary.Cli.Mixtures.Trials.Tests;

public sealed class ProxyCurveTests
{
    [Test]
    public void Points_are_means_over_the_tokens_since_the_point_before()
    {
        RunEvent[] events = [Step(0, 4, 10), Step(1, 1, 30), new RunEvent { Kind = "checkpoint", Step = 2 }, Step(2, 2, 10), Step(3, 2, 10)];

        Assert.That(ProxyCurve.Of(events, steps: 4, count: 2), Is.EqualTo(new[] { new CurvePoint(40, 1.75), new CurvePoint(60, 2) }));
    }

    [Test]
    public void There_are_no_more_points_than_steps()
    {
        Assert.That(ProxyCurve.Of([Step(0, 4, 1), Step(1, 3, 1)], steps: 2, count: 20), Has.Count.EqualTo(2));
    }

    private static RunEvent Step(long step, double loss, double tokens)
    {
        return new RunEvent { Kind = "step", Step = step, Numbers = new Dictionary<string, double> { ["loss"] = loss, ["tokens"] = tokens } };
    }
}
