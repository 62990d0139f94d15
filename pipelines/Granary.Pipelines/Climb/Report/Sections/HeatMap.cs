using System.Xml.Linq;
using Granary.Pipelines.Climb.Report.Plots;
using Granary.Pipelines.Climb.Search;
using static Granary.Pipelines.Climb.Report.Plots.Markup;

namespace Granary.Pipelines.Climb.Report.Sections;

/// <summary>The weights of every trial, a column each, and of the choice.</summary>
internal static class HeatMap
{
    private const string Id = "weights";
    private const string Caption = "A column is a trial, in the order of the rounds; the darker, the more weight (by its square root, so that small weights are seen). "
        + "A cross below a column marks a trial without a score; the choice stands at the right.";

    private const int Left = 152; // for names
    private const int Top = 22;   // for rounds
    private const int Row = 17;
    private const int Gap = 6;    // between rounds
    private const int ChosenWidth = 16;
    private const double Span = 760;
    private const double Largest = 1.25; // pixels a unit, so that few trials do not make a poster
    private const int NameLetters = 18;

    internal static XElement Of(Findings findings)
    {
        return Page.Section(Id, "Weights that were tried", findings.Trials.Count == 0
            ? Page.Paragraph("No trial has ended yet.")
            : Page.Figure(Tag("div", At("class", "wide"), Draw(findings)), Caption));
    }

    private static XElement Draw(Findings findings)
    {
        var chosen = findings.Record.Choice?.Weights;
        var order = Enumerable.Range(0, findings.Space.Count).OrderByDescending(component => chosen?[component] ?? findings.Space.Prior[component]).ThenBy(component => component).ToList();
        var rounds = findings.Trials.GroupBy(trial => trial.Trial.Round).ToList();
        var cell = Math.Clamp(Span / findings.Trials.Count, 4, 16);
        var content = new List<XElement> { Tag("title", "Weights by trial") };
        content.AddRange(order.Select((component, row) => Name(findings.Space.Components[component].Name, row)));
        var x = (double)Left;
        foreach (var round in rounds)
        {
            content.Add(Tag("text", At("class", "tick"), At("x", x), At("y", Top - 7), rounds.Count > 1 ? $"{round.Key}" : "round 1"));
            foreach (var trial in round)
            {
                content.Add(Column(trial, findings, order, x, cell));
                x += cell;
            }

            x += Gap;
        }

        if (chosen is not null)
        {
            content.Add(Tag("g", Tag("title", $"the choice: {findings.PartsOf(chosen, findings.Space.Count)}"), Cells(chosen, order, x + Gap, ChosenWidth, "chosen")));
            content.Add(Tag("text", At("class", "tick middle"), At("x", x + Gap + (ChosenWidth / 2.0)), At("y", Top - 7), "choice"));
            x += Gap + ChosenWidth + 14;
        }

        return Tag("svg", At("viewBox", FormattableString.Invariant($"0 0 {x:0.#} {Top + (order.Count * Row) + 18}")), At("role", "img"), At("class", "heat"), At("style", FormattableString.Invariant($"max-width:{x * Largest:0}px")), content);
    }

    private static XElement Name(string name, int row)
    {
        return Tag("text", At("class", "tick end"), At("x", Left - 6), At("y", Top + (row * Row) + 12), Shortened(name), Tag("title", name));
    }

    private static XElement Column(FinishedTrial trial, Findings findings, List<int> order, double x, double width)
    {
        var (score, bottom) = (trial.Result.Score, Top + (order.Count * Row));
        var title = $"{Findings.PlaceOf(trial.Trial)}: {(double.IsFinite(score) ? Spoken.Score(score) : $"failed: {trial.Result.Failure ?? "it has no score"}")}; {findings.PartsOf(trial.Trial.Weights, findings.Space.Count)}";
        return Tag("g", At("id", $"t-{trial.Trial.Id}"), Tag("title", title),
            Tag("rect", At("class", "cell empty"), At("x", x), At("y", Top), At("width", width), At("height", order.Count * Row)),
            Cells(trial.Trial.Weights, order, x, width, "cell"),
            double.IsFinite(score) ? null : Marks.Of(Shape.Cross, x + (width / 2), bottom + 7, Math.Min(3.5, width / 2), "failed"));
    }

    private static IEnumerable<XElement> Cells(IReadOnlyList<double> weights, List<int> order, double x, double width, string cssClass)
    {
        return order.Index().Where(entry => weights[entry.Item] >= 5e-5).Select(entry => Tag("rect",
            At("class", cssClass), At("x", x), At("y", Top + (entry.Index * Row)), At("width", width), At("height", Row - 1), At("fill-opacity", Math.Sqrt(Math.Clamp(weights[entry.Item], 0, 1)))));
    }

    private static string Shortened(string name)
    {
        if (name.Length <= NameLetters)
        {
            return name;
        }

        // Not through a surrogate pair.
        return string.Concat(name.AsSpan(0, char.IsHighSurrogate(name[NameLetters - 1]) ? NameLetters - 1 : NameLetters), "…");
    }
}
