using System.Globalization;
using System.Xml.Linq;
using Granary.Pipelines.Climb.Clustering;
using Granary.Pipelines.Climb.Report.Plots;
using static Granary.Pipelines.Climb.Report.Plots.Markup;

namespace Granary.Pipelines.Climb.Report.Sections;

/// <summary>A card for each cluster: what its text is like.</summary>
internal static class ClusterSection
{
    private const int SampleLetters = 600;
    private const int BarWidth = 14;
    private const int BarHeight = 44;

    internal static XElement? Of(Findings findings)
    {
        var cards = findings.Record.Clusters;
        return cards.Count == 0 ? null : Page.Section("clusters", "The clusters", Tag("div", At("class", "cards"), cards.OrderByDescending(card => WeightOf(findings, card) ?? -1).ThenBy(card => card.Number).Select(card => Card(findings, card))));
    }

    private static double? WeightOf(Findings findings, ClusterCard card)
    {
        var place = findings.Space.Components.Index().Where(entry => entry.Item.Name == card.Name).Select(entry => entry.Index).FirstOrDefault(-1);
        return place < 0 ? null : (findings.Record.Choice?.Weights ?? findings.Best?.Trial.Weights)?[place];
    }

    private static XElement Card(Findings findings, ClusterCard card)
    {
        var weight = WeightOf(findings, card) is { } share ? $"weight {Spoken.Percent(share)} · " : "not among what is mixed · ";
        var merged = card.MergedFrom > 1 ? $" · of {card.MergedFrom} finer clusters" : string.Empty;
        return Tag("article",
            Tag("h3", card.Name),
            Tag("p", At("class", "remark"), $"{weight}{Spoken.Count(card.Documents)} documents · {Spoken.Count(card.Bytes)} bytes{merged}"),
            card.TypicalWords.Count > 0 ? Tag("p", At("class", "chips"), card.TypicalWords.Select(word => Tag("span", word)).SelectMany(chip => (object[])[chip, " "])) : null,
            Sources(card),
            Lengths(card),
            card.Quality.Count > 0 ? Tag("p", At("class", "remark"), "Mean quality: " + string.Join(", ", card.Quality.OrderBy(score => score.Key, StringComparer.Ordinal).Select(score => $"{score.Key} {Spoken.Two(score.Value)}"))) : null,
            card.Samples.Count > 0 ? Page.Details(Spoken.Of(card.Samples.Count, "sample"), card.Samples.Select(sample => Tag("blockquote", Beginning(sample)))) : null);
    }

    private static XElement? Sources(ClusterCard card)
    {
        var whole = (double)card.Sources.Values.Sum();
        return whole > 0
            ? Tag("p", At("class", "remark"), "From " + string.Join(", ", card.Sources.OrderByDescending(source => source.Value).ThenBy(source => source.Key, StringComparer.Ordinal).Select(source => $"{source.Key} {Spoken.Percent(source.Value / whole)}")))
            : null;
    }

    private static XElement? Lengths(ClusterCard card)
    {
        var first = card.Lengths.Index().FirstOrDefault(entry => entry.Item > 0, (Index: -1, Item: 0)).Index;
        if (first < 0)
        {
            return null;
        }

        var last = card.Lengths.Index().Last(entry => entry.Item > 0).Index;
        var most = card.Lengths.Max();
        var bars = Enumerable.Range(first, last - first + 1).SelectMany(power => (XElement[])
        [
            Tag("rect", At("class", "c1"), At("x", (power - first) * BarWidth), At("y", BarHeight - (BarHeight * (double)card.Lengths[power] / most)), At("width", BarWidth - 2), At("height", BarHeight * (double)card.Lengths[power] / most),
                Tag("title", $"{Bytes(power)} to {Bytes(power + 1)} bytes: {card.Lengths[power].ToString("N0", CultureInfo.InvariantCulture)} documents")),
        ]);
        var width = Math.Max((last - first + 1) * BarWidth, 60);
        return Tag("div", At("class", "lengths"),
            Tag("svg", At("viewBox", $"0 0 {width} {BarHeight}"), At("width", width), At("height", BarHeight), At("role", "img"), Tag("title", "Documents by length"), bars),
            Tag("span", At("class", "remark"), $"{Bytes(first)} to {Bytes(last + 1)} bytes a document"));
    }

    private static string Bytes(int power) => Spoken.Count(Math.Pow(2, power));

    private static string Beginning(string sample)
    {
        if (sample.Length <= SampleLetters)
        {
            return sample;
        }

        return string.Concat(sample.AsSpan(0, char.IsHighSurrogate(sample[SampleLetters - 1]) ? SampleLetters - 1 : SampleLetters), "…");
    }
}
