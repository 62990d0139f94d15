using System.Globalization;
using System.Xml.Linq;
using static Granary.Pipelines.Climb.Report.Plots.Markup;

namespace Granary.Pipelines.Climb.Report.Plots;

/// <summary>Single marks of a drawing.</summary>
internal static class Marks
{
    private const int Rays = 5;

    /// <summary>A mark at a place; pointing at it shows the title.</summary>
    internal static XElement Of(Shape shape, double x, double y, double radius, string cssClass, string? title = null, string? fill = null)
    {
        var style = fill is null ? null : At("style", $"fill:{fill}");
        return Tag("path", At("class", $"mark {cssClass}"), At("d", Outline(shape, x, y, radius)), style, title is null ? null : Tag("title", title));
    }

    /// <summary>A path through points.</summary>
    internal static string Path(IEnumerable<(double X, double Y)> points)
    {
        return string.Concat(points.Select((point, index) => string.Create(CultureInfo.InvariantCulture, $"{(index == 0 ? 'M' : 'L')}{point.X:0.##} {point.Y:0.##}")));
    }

    private static string Outline(Shape shape, double x, double y, double radius)
    {
        return shape switch
        {
            Shape.Diamond => Closed(x, y, (0, -1.2), (1.2, 0), (0, 1.2), (-1.2, 0)),
            Shape.Triangle => Closed(x, y, (0, -1.2), (1.1, 0.8), (-1.1, 0.8)),
            Shape.Square => Closed(x, y, (-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)),
            Shape.Cross => Path([(x - radius, y - radius), (x + radius, y + radius)]) + Path([(x - radius, y + radius), (x + radius, y - radius)]),
            Shape.Star => Closed(x, y, [.. Enumerable.Range(0, 2 * Rays).Select(StarCorner)]),
            Shape.Ring => Circle(1) + Circle(0.55),
            _ => Circle(1),
        };

        string Closed(double centreX, double centreY, params (double X, double Y)[] corners)
        {
            return Path(corners.Select(corner => (centreX + (corner.X * radius), centreY + (corner.Y * radius)))) + "Z";
        }

        string Circle(double share)
        {
            var r = radius * share;
            return string.Create(CultureInfo.InvariantCulture, $"M{x - r:0.##} {y:0.##}a{r:0.##} {r:0.##} 0 1 0 {2 * r:0.##} 0a{r:0.##} {r:0.##} 0 1 0 {-2 * r:0.##} 0Z");
        }
    }

    private static (double X, double Y) StarCorner(int corner)
    {
        var (angle, length) = (Math.PI * corner / Rays, corner % 2 == 0 ? 1.5 : 0.65);
        return (length * Math.Sin(angle), -length * Math.Cos(angle));
    }
}
