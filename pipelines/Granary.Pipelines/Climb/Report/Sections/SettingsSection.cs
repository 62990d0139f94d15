using System.Xml.Linq;
using Granary.Pipelines.Climb.Report.Plots;
using static Granary.Pipelines.Climb.Report.Plots.Markup;

namespace Granary.Pipelines.Climb.Report.Sections;

/// <summary>How the search is made again, and what its result is no evidence of.</summary>
internal static class SettingsSection
{
    private const long SmallProxy = 15_000_000; // parameters

    internal static IEnumerable<XElement> Of(Findings findings)
    {
        var record = findings.Record;
        yield return Page.Section("limits", "What this does not show", Tag("ul", Limits(record).Select(limit => Tag("li", limit))));
        yield return Page.Section("settings", "How to make it again",
            record.Command.Length > 0 ? Tag("pre", At("class", "command"), record.Command) : null,
            Tag("dl", At("class", "facts"), record.Facts.Prepend(new("method", record.Method)).SelectMany(fact => (XElement[])[Tag("dt", fact.Key), Tag("dd", fact.Value)])),
            record.Configuration.Length > 0 ? Page.Details("Configuration", Tag("pre", record.Configuration)) : null);
    }

    private static IEnumerable<string> Limits(SearchRecord record)
    {
        if (record.ProxyParameters > 0)
        {
            yield return $"The proxies have {Spoken.Count(record.ProxyParameters)} parameters{(record.ProxyParameters < SmallProxy ? ", which is little: what ranks best among small models need not do so among large ones" : string.Empty)}.";
        }

        yield return "How well small models rank mixtures for large ones depends on the goal. In RegMix's public runs (arXiv 2407.01492) proxies of 1 M parameters order 1 B models at a rank correlation of about 0.95 for a single held-out source, but of 0.70 to 0.74 for the mean of 13 sources, whatever predictor is fitted.";
        yield return "CLIMB (arXiv 2504.13161) finds 60.11, 60.19 and 60.41 points of mean accuracy at 1 B parameters with proxies of 62 M, 132 M and 350 M: larger proxies help, a little, and these differences are smaller than the sampling error of such a mean.";
        yield return "Proxies see few tokens. A small source that would be repeated often in the target looks better here than it is, unless proxies are given as small a part of it.";
        yield return "The best of many measured scores is better than it would be if it were measured again; so is what a predictor says of the mixture that it prefers.";
        yield return "The objective was looked at during the search. Judge the mixture by data that it has not seen.";
    }
}
