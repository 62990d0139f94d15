using System.Globalization;
using System.Text;
using Granary.Training.Evaluation.Retrieval;

namespace Granary.Cli.Commands;

/// <summary>
/// Results of `granary eval --long` as an SVG: for each task a panel of right answers by depth, a line for each length with
/// its 95 % intervals, and bars for facts known by heart.
/// </summary>
internal static class RetrievalPlot
{
    private const int Across = 360; // of a panel, with its margins
    private const int Down = 260;
    private const int Left = 50;
    private const int Top = 40;
    private const int Width = 210;
    private const int Height = 170;

    private static readonly string[] Colors = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9"];

    /// <summary>The file's bytes.</summary>
    internal static byte[] Draw(IReadOnlyList<RetrievalCellResult> results)
    {
        var panels = results
            .GroupBy(result => RetrievalTable.Title(result.Cell.Task, result.Cell.Depth is null ? string.Empty : result.Cell.Variant))
            .Select(panel => (Title: panel.Key, Results: panel.ToList()))
            .ToList();
        var columns = Math.Min(2, panels.Count);
        var rows = (panels.Count + columns - 1) / columns;
        var svg = new StringBuilder();
        svg.Append(CultureInfo.InvariantCulture, $"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{columns * Across}\" height=\"{rows * Down}\" font-family=\"sans-serif\" font-size=\"12\">\n");
        svg.Append("<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n");
        foreach (var (index, panel) in panels.Index())
        {
            svg.Append(CultureInfo.InvariantCulture, $"<g transform=\"translate({index % columns * Across},{index / columns * Down})\">\n");
            Axes(svg, panel.Title);
            if (panel.Results[0].Cell.Depth is null)
            {
                Bars(svg, panel.Results);
            }
            else
            {
                Lines(svg, panel.Results);
            }

            svg.Append("</g>\n");
        }

        return Encoding.UTF8.GetBytes(svg.Append("</svg>\n").ToString());
    }

    private static void Axes(StringBuilder svg, string title)
    {
        svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{Left}\" y=\"{Top - 16}\" font-weight=\"bold\">{title}</text>\n");
        for (var percent = 0; percent <= 100; percent += 25)
        {
            svg.Append(CultureInfo.InvariantCulture, $"<line x1=\"{Left}\" x2=\"{Left + Width}\" y1=\"{Y(percent / 100.0):F1}\" y2=\"{Y(percent / 100.0):F1}\" stroke=\"#ddd\"/>");
            svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{Left - 6}\" y=\"{Y(percent / 100.0) + 4:F1}\" text-anchor=\"end\">{percent} %</text>\n");
        }
    }

    private static void Lines(StringBuilder svg, List<RetrievalCellResult> results)
    {
        foreach (var (index, line) in results.GroupBy(result => result.Cell.Length).Index())
        {
            var color = Colors[index % Colors.Length];
            var points = string.Join(' ', line.Select(result => string.Create(CultureInfo.InvariantCulture, $"{X(result):F1},{Y(Accuracy(result)):F1}")));
            svg.Append(CultureInfo.InvariantCulture, $"<polyline points=\"{points}\" fill=\"none\" stroke=\"{color}\" stroke-width=\"2\"/>\n");
            foreach (var result in line)
            {
                Interval(svg, result, X(result), color);
                svg.Append(CultureInfo.InvariantCulture, $"<circle cx=\"{X(result):F1}\" cy=\"{Y(Accuracy(result)):F1}\" r=\"3\" fill=\"{color}\"/>\n");
            }

            svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{Left + Width + 10}\" y=\"{Top + 12 + (18 * index)}\" fill=\"{color}\">{line.Key} tokens</text>\n");
        }

        foreach (var depth in results.Select(result => result.Cell.Depth!.Value).Distinct())
        {
            svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{Left + (depth * Width):F1}\" y=\"{Top + Height + 18}\" text-anchor=\"middle\">{100 * depth:F0}</text>");
        }

        svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{Left + Width + 14}\" y=\"{Top + Height + 18}\">% depth</text>\n");
    }

    private static void Bars(StringBuilder svg, List<RetrievalCellResult> results)
    {
        var step = (double)Width / results.Count;
        foreach (var (index, result) in results.Index())
        {
            var (color, x) = (Colors[index % Colors.Length], Left + (step * (index + 0.5)));
            var y = Y(Accuracy(result));
            svg.Append(CultureInfo.InvariantCulture, $"<rect x=\"{x - (0.3 * step):F1}\" y=\"{y:F1}\" width=\"{0.6 * step:F1}\" height=\"{Y(0) - y:F1}\" fill=\"{color}\"/>\n");
            Interval(svg, result, x, "black");

            // Two lines: the direction, and what was told.
            foreach (var (line, word) in result.Cell.Variant.Split(", ").Index())
            {
                svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{x:F1}\" y=\"{Top + Height + 14 + (12 * line)}\" text-anchor=\"middle\" font-size=\"9\">{word}</text>\n");
            }
        }
    }

    private static void Interval(StringBuilder svg, RetrievalCellResult result, double x, string color)
    {
        var interval = BinomialInterval.Of(result.Exact, result.Items);
        svg.Append(CultureInfo.InvariantCulture, $"<line x1=\"{x:F1}\" x2=\"{x:F1}\" y1=\"{Y(interval.Low):F1}\" y2=\"{Y(interval.High):F1}\" stroke=\"{color}\"/>\n");
    }

    private static double Accuracy(RetrievalCellResult result)
    {
        return (double)result.Exact / result.Items;
    }

    private static double X(RetrievalCellResult result)
    {
        return Left + (result.Cell.Depth!.Value * Width);
    }

    private static double Y(double share)
    {
        return Top + ((1 - share) * Height);
    }
}
