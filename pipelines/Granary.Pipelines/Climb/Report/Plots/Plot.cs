using System.Xml.Linq;
using static Granary.Pipelines.Climb.Report.Plots.Markup;

namespace Granary.Pipelines.Climb.Report.Plots;

/// <summary>A drawing with two axes. It is as wide as the page lets it be; its colours are the page's.</summary>
internal sealed class Plot
{
    private const int Width = 520;
    private const int Height = 330;
    private const int Left = 64;
    private const int Right = 14;
    private const int Top = 12;
    private const int Bottom = 46;
    private const int NoteRoom = 70; // half of a word

    private readonly List<XElement> _content = [];
    private readonly Scale _x;
    private readonly Scale _y;

    /// <summary>A drawing of values of two ranges; the title is what a reader who cannot see it is told.</summary>
    public Plot(string title, (double Low, double High) x, (double Low, double High) y, string xLabel, string yLabel)
    {
        _x = new Scale(x.Low, x.High, Left, Width - Right);
        _y = new Scale(y.Low, y.High, Height - Bottom, Top);
        _content.Add(Tag("title", title));
        _content.AddRange(_y.Ticks.SelectMany(tick => (XElement[])[Line("grid", Left, _y.At(tick), Width - Right, _y.At(tick)), Text("tick end", Left - 7, _y.At(tick) + 4, _y.Label(tick))]));
        _content.AddRange(_x.Ticks.SelectMany(tick => (XElement[])[Line("grid", _x.At(tick), Top, _x.At(tick), Height - Bottom), Text("tick middle", _x.At(tick), Height - Bottom + 17, _x.Label(tick))]));
        _content.Add(Text("axis middle", (Left + Width - Right) / 2.0, Height - 8, xLabel));
        _content.Add(Tag("text", At("class", "axis middle"), At("transform", $"translate(12,{(Top + Height - Bottom) / 2}) rotate(-90)"), yLabel));
    }

    /// <summary>A line through points.</summary>
    public void Curve(IEnumerable<(double X, double Y)> points, string cssClass, string? title = null)
    {
        var path = Marks.Path(points.Select(point => (_x.At(point.X), _y.At(point.Y))));
        _content.Add(Tag("path", At("class", $"curve {cssClass}"), At("d", path), title is null ? null : Tag("title", title)));
    }

    /// <summary>A level line with its name above it; nothing where the value is not on the scale.</summary>
    public void Level(double y, string cssClass, string name)
    {
        if (_y.Holds(y))
        {
            _content.Add(Line($"curve {cssClass}", Left, _y.At(y), Width - Right, _y.At(y)));
            _content.Add(Text($"note end {cssClass}", Width - Right - 3, _y.At(y) - 4, name));
        }
    }

    /// <summary>A mark; one that is not on the scale stands at its edge.</summary>
    public void Mark(Shape shape, double x, double y, string cssClass, string title, string? fill = null, double radius = 4.5)
    {
        _content.Add(Marks.Of(shape, _x.At(x), _y.At(y), radius, _y.Holds(y) ? cssClass : $"{cssClass} beyond", title, fill));
    }

    /// <summary>A mark below all values, for what has none.</summary>
    public void MarkBelow(Shape shape, double x, string cssClass, string title)
    {
        _content.Add(Marks.Of(shape, _x.At(x), Height - Bottom - 5, 3.5, cssClass, title));
    }

    /// <summary>A word at a point, or beside it where it would leave the drawing.</summary>
    public void Note(double x, double y, string cssClass, string text)
    {
        var place = _x.At(x);
        var side = place < Left + NoteRoom ? string.Empty : place > Width - Right - NoteRoom ? "end" : "middle";
        _content.Add(Text($"note {side} {cssClass}", place, _y.At(y), text));
    }

    /// <summary>The drawing.</summary>
    public XElement ToElement()
    {
        return Tag("svg", At("viewBox", $"0 0 {Width} {Height}"), At("role", "img"), _content);
    }

    private static XElement Line(string cssClass, double x1, double y1, double x2, double y2)
    {
        return Tag("line", At("class", cssClass), At("x1", x1), At("y1", y1), At("x2", x2), At("y2", y2));
    }

    private static XElement Text(string cssClass, double x, double y, string text)
    {
        return Tag("text", At("class", cssClass), At("x", x), At("y", y), text);
    }
}
