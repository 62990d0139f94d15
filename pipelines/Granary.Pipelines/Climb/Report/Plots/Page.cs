using System.Xml.Linq;
using static Granary.Pipelines.Climb.Report.Plots.Markup;

namespace Granary.Pipelines.Climb.Report.Plots;

/// <summary>Parts that pages are made of.</summary>
internal static class Page
{
    /// <summary>A section with its heading and an anchor to it.</summary>
    internal static XElement Section(string id, string heading, params object?[] content)
    {
        return Tag("section", At("id", id), Tag("h2", heading), content);
    }

    /// <summary>A paragraph.</summary>
    internal static XElement Paragraph(string text) => Tag("p", text);

    /// <summary>A drawing with what it shows below it.</summary>
    internal static XElement Figure(XElement drawing, string caption, params XElement?[] keys)
    {
        return Tag("figure", drawing, keys.Any(key => key is not null) ? Tag("ul", At("class", "keys"), keys) : null, Tag("figcaption", caption));
    }

    /// <summary>What a mark of a drawing means.</summary>
    internal static XElement Key(Shape shape, string cssClass, string meaning, string? fill = null)
    {
        return Tag("li", Tag("svg", At("viewBox", "0 0 14 14"), At("class", "key"), At("aria-hidden", "true"), Marks.Of(shape, 7, 7, 4.5, cssClass, fill: fill)), meaning);
    }

    /// <summary>What a line of a drawing means.</summary>
    internal static XElement LineKey(string cssClass, string meaning)
    {
        return Tag("li", Tag("svg", At("viewBox", "0 0 14 14"), At("class", "key"), At("aria-hidden", "true"), Tag("path", At("class", $"curve {cssClass}"), At("d", "M0 7L14 7"))), meaning);
    }

    /// <summary>A table; on a narrow page a row becomes a list of its cells, each under its heading.</summary>
    /// <param name="headings">The columns; one that begins with a space holds numbers.</param>
    /// <param name="rows">The cells of each row: text or markup.</param>
    internal static XElement Table(IReadOnlyList<string> headings, IEnumerable<IReadOnlyList<object?>> rows)
    {
        return Tag("table",
            Tag("thead", Tag("tr", headings.Select(heading => Tag("th", At("scope", "col"), ClassOf(heading), heading.Trim())))),
            Tag("tbody", rows.Select(row => Tag("tr", row.Select((cell, column) => Tag("td", ClassOf(headings[column]), At("data-label", headings[column].Trim()), cell))))));
    }

    /// <summary>Something to look at on demand; paper shows it all.</summary>
    internal static XElement Details(string summary, params object?[] content)
    {
        return Tag("details", Tag("summary", summary), content);
    }

    private static XAttribute? ClassOf(string heading) => heading.StartsWith(' ') ? At("class", "number") : null;
}
