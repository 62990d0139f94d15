using System.Text;
using System.Xml.Linq;
using Granary.Training.Evaluation.Retrieval;

namespace Granary.Cli.Commands.Tests;

public sealed class RetrievalPlotTests
{
    private static readonly XNamespace Svg = "http://www.w3.org/2000/svg";

    [Test]
    public void The_picture_is_well_formed_with_a_line_for_each_length_and_a_bar_for_each_way_to_ask()
    {
        var picture = Draw(RetrievalResults.All());

        Assert.That(picture.Name, Is.EqualTo(Svg + "svg"));
        Assert.That(picture.Descendants(Svg + "polyline").Count(), Is.EqualTo(2 + 2), "two lengths in each of two panels");
        Assert.That(picture.Descendants(Svg + "circle").Count(), Is.EqualTo(2 * 2 * 3));
        Assert.That(picture.Descendants(Svg + "rect").Count(), Is.EqualTo(1 + 2), "the ground and two bars");
    }

    [Test]
    public void Higher_is_better()
    {
        var picture = Draw([RetrievalResults.Cell("key-value", string.Empty, 64, 0, exact: 0), RetrievalResults.Cell("key-value", string.Empty, 64, 1, exact: 10)]);

        var heights = picture.Descendants(Svg + "circle").Select(circle => (double)circle.Attribute("cy")!).ToList();

        Assert.That(heights[1], Is.LessThan(heights[0]));
    }

    [Test]
    public void Everything_stands_inside_the_picture()
    {
        var picture = Draw(RetrievalResults.All());
        var (width, height) = ((double)picture.Attribute("width")!, (double)picture.Attribute("height")!);

        foreach (var panel in picture.Elements(Svg + "g"))
        {
            var place = panel.Attribute("transform")!.Value["translate(".Length..^1].Split(',').Select(double.Parse).ToList();
            var points = panel.Descendants().Where(mark => mark.Attribute("x") is not null && mark.Attribute("y") is not null);

            Assert.That(points.Select(mark => place[0] + (double)mark.Attribute("x")!), Has.All.InRange(0, width));
            Assert.That(points.Select(mark => place[1] + (double)mark.Attribute("y")!), Has.All.InRange(0, height));
        }
    }

    private static XElement Draw(IReadOnlyList<RetrievalCellResult> results)
    {
        return XElement.Parse(Encoding.UTF8.GetString(RetrievalPlot.Draw(results)));
    }
}
