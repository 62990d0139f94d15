using System.Globalization;
using System.Xml.Linq;
using Granary.Pipelines.Climb.Report.Plots;
using static Granary.Pipelines.Climb.Report.Plots.Markup;

namespace Granary.Pipelines.Climb.Report.Sections;

/// <summary>The chosen mixture, or the best so far: each component with what it is and what becomes of it.</summary>
internal static class ChosenMixture
{
    private const int WordsShown = 8;

    internal static XElement Of(Findings findings)
    {
        var (space, record) = (findings.Space, findings.Record);
        if ((record.Choice?.Weights ?? findings.Best?.Trial.Weights) is not { } weights)
        {
            return Page.Section("mixture", "The mixture", Page.Paragraph("No trial has a score yet, so there is no mixture to show."));
        }

        var spreads = findings.WeightSpread is { Count: > 0 } spread ? spread : null;
        var largest = weights.Select((weight, component) => Math.Max(weight + (spreads?[component] ?? 0), space.Prior[component])).Max();
        List<string> headings = ["component", "share", " weight", " tokens", " prior", " up-sampling"];
        if (record.TargetTokens > 0)
        {
            headings.Add($" epochs of {Spoken.Count(record.TargetTokens)}");
        }

        var rows = Enumerable.Range(0, space.Count).OrderByDescending(component => weights[component]).ThenBy(component => component)
            .Select(component => Row(findings, component, weights, spreads, largest));
        return Page.Section("mixture", record.Choice is null ? "The best mixture so far" : "The mixture", Tag("div", At("class", "wide"), Page.Table(headings, rows)), Page.Paragraph(Legend(findings, spreads is not null)));
    }

    private static List<object?> Row(Findings findings, int component, IReadOnlyList<double> weights, IReadOnlyList<double>? spreads, double largest)
    {
        var (space, record) = (findings.Space, findings.Record);
        var (part, weight) = (space.Components[component], weights[component]);
        var card = record.Clusters.FirstOrDefault(card => card.Name == part.Name);
        List<object?> row =
        [
            (object?[])[Tag("strong", part.Name), card is { TypicalWords.Count: > 0 } ? Tag("span", At("class", "words"), string.Join(' ', card.TypicalWords.Take(WordsShown))) : null],
            Bar(weight, space.Prior[component], spreads?[component] ?? 0, largest),
            Tag("span", Tag("strong", Spoken.Percent(weight)), spreads is null ? null : $" ±\u00a0{Spoken.Percent(spreads[component])}"),
            Spoken.Count(part.Tokens),
            Spoken.Percent(space.Prior[component]),
            space.Prior[component] > 0 ? $"× {Spoken.Times(weight / space.Prior[component])}" : "–",
        ];
        if (record.TargetTokens > 0)
        {
            row.Add(part.Tokens > 0 ? Spoken.Times(weight * record.TargetTokens / part.Tokens) : "–");
        }

        return row;
    }

    private static XElement Bar(double weight, double prior, double spread, double largest)
    {
        var whisker = spread > 0 ? Tag("i", At("class", "whisker"), At("style", Span(Math.Max(0, weight - spread), Math.Min(1, weight + spread)))) : null;
        return Tag("div", At("class", "bar"), At("role", "img"), At("aria-label", $"weight {Spoken.Percent(weight)}, prior {Spoken.Percent(prior)}"),
            Tag("i", At("class", "fill"), At("style", Span(0, weight))), whisker, Tag("i", At("class", "prior"), At("style", Span(prior, prior))));

        string Span(double from, double to)
        {
            return string.Create(CultureInfo.InvariantCulture, $"left:{100 * from / largest:0.##}%;width:{100 * (to - from) / largest:0.##}%");
        }
    }

    private static string Legend(Findings findings, bool hasSpread)
    {
        var text = "The bar is the weight, the upright line the component's own share of the text. ";
        text += hasSpread ? "± and the whisker are a standard deviation among mixtures that noise cannot tell from this one. " : "How far weights could move without being told apart is not known. ";
        return text + (findings.Record.Choice is { } choice ? $"Chosen by the rule '{choice.Rule}'." : string.Empty);
    }
}
