using Granary.Core.Runs;
using Granary.Pipelines.Climb.Search;

namespace Granary.Cli.Mixtures.Trials;

/// <summary>The losses of a proxy's steps as a curve of few points, each the mean of the steps since the point before.</summary>
internal static class ProxyCurve
{
    /// <summary>A curve of at most <paramref name="count"/> points over so many steps.</summary>
    public static IReadOnlyList<CurvePoint> Of(IEnumerable<RunEvent> events, long steps, int count)
    {
        count = (int)Math.Min(steps, count);
        var points = new List<CurvePoint>();
        var (nats, tokens, all) = (0.0, 0.0, 0L);
        foreach (var reported in events.Where(reported => reported.Kind == "step"))
        {
            var (step, taken) = (reported.Step!.Value, reported.Numbers["tokens"]);
            (nats, tokens, all) = (nats + (reported.Numbers["loss"] * taken), tokens + taken, all + (long)taken);
            if ((step + 1) * count / steps > step * count / steps)
            {
                points.Add(new CurvePoint(all, nats / tokens));
                (nats, tokens) = (0, 0);
            }
        }

        return points;
    }
}
