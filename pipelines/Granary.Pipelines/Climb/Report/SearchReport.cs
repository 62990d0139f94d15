using Granary.Pipelines.Climb.Report.Sections;
using static Granary.Pipelines.Climb.Report.Plots.Markup;

namespace Granary.Pipelines.Climb.Report;

/// <summary>A search as one HTML page that needs nothing else: no script, no font, no picture from elsewhere.</summary>
public static class SearchReport
{
    /// <summary>The page; the same record gives the same bytes.</summary>
    public static string Render(SearchRecord record)
    {
        var findings = new Findings(record);
        var head = Tag("head",
            Tag("meta", At("charset", "utf-8")),
            Tag("meta", At("name", "viewport"), At("content", "width=device-width, initial-scale=1")),
            Tag("meta", At("name", "color-scheme"), At("content", "light dark")),
            Tag("title", $"{record.Name}: mixture"),
            Tag("style", Stylesheet.Text));
        var body = Tag("body", Tag("main",
            Headline.Of(findings),
            ChosenMixture.Of(findings),
            Tag("div", At("class", "pair"), ProgressSection.Of(findings), MapSection.Of(findings)),
            HeatMap.Of(findings),
            PredictorSection.Of(findings),
            NoiseSection.Of(findings),
            ClusterSection.Of(findings),
            TrialSection.Of(findings),
            SettingsSection.Of(findings)));
        return $"<!DOCTYPE html>\n{Write(Tag("html", At("lang", "en"), head, body))}\n";
    }

    /// <summary>What was found and how sure it is, in a few sentences.</summary>
    public static string Summarise(SearchRecord record)
    {
        return string.Join(' ', Headline.Sentences(new Findings(record)));
    }
}
