using System.Xml.Linq;
using Granary.Pipelines.Climb.Report.Plots;
using Granary.Pipelines.Climb.Search;
using static Granary.Pipelines.Climb.Report.Plots.Markup;

namespace Granary.Pipelines.Climb.Report.Sections;

/// <summary>What differs by chance alone, and which other mixtures chance does not tell from the chosen one.</summary>
internal static class NoiseSection
{
    private const double LargestShare = 0.25; // of the spread of random trials that noise may have

    internal static XElement Of(Findings findings)
    {
        return Page.Section("noise", "What is noise, and what else would do", Floor(findings), Alternates(findings));
    }

    private static IEnumerable<XElement> Floor(Findings findings)
    {
        if (findings.Repeats.Count == 0)
        {
            yield return Page.Paragraph("No mixture was run with more than one seed, so the noise of a run is not known and small differences mean nothing.");
            yield break;
        }

        yield return Page.Paragraph($"Runs of one mixture that differ in their seed alone have a standard deviation of {Spoken.Score(findings.Noise)}.{Spread(findings)}");
        yield return Tag("div", At("class", "wide"), Page.Table(
            ["mixture", " runs", " mean", " standard deviation", "scores"],
            findings.Repeats.Select(repeated => (object?[])[repeated.Name, Spoken.Count(repeated.Count), Spoken.Score(repeated.Mean), Spoken.Score(repeated.Deviation), string.Join(", ", repeated.Runs.Select(run => Spoken.Score(run.Result.Score)))])));
    }

    private static string Spread(Findings findings)
    {
        var drawn = findings.Measured.Where(trial => trial.Trial.Origin == TrialOrigin.Drawn).Select(trial => trial.Result.Score).ToList();
        if (drawn.Count < 3)
        {
            return string.Empty;
        }

        var spread = Findings.DeviationOf(drawn);
        if (spread == 0)
        {
            return " All mixtures drawn at random scored the same, so nothing tells one from another.";
        }

        var share = findings.Noise / spread;
        return $" Mixtures drawn at random have {Spoken.Score(spread)}, so noise is {Spoken.Percent(share)} of what mixtures differ by{(share > LargestShare ? ": more than a quarter. Give the proxies more tokens before you give the search more trials." : ".")}";
    }

    private static IEnumerable<XElement> Alternates(Findings findings)
    {
        if (findings.Record.Choice is not { } choice)
        {
            yield break;
        }

        if (choice.Alternates.Count == 0)
        {
            yield return Page.Paragraph("No other rule proposed another mixture.");
            yield break;
        }

        yield return Page.Paragraph("Candidates of other rules; one whose score differs by less than two standard errors is as good as the choice, as far as these runs can tell.");
        yield return Tag("div", At("class", "wide"), Page.Table(
            ["rule", " measured", " predicted", " distance", "within noise", "mixture"],
            choice.Alternates.Prepend(choice).Select((candidate, place) => (object?[])
            [
                place == 0 ? Tag("strong", $"{candidate.Rule} (chosen)") : candidate.Rule,
                Spoken.Score(candidate.Measured) + (double.IsFinite(candidate.Spread) ? $" ± {Spoken.Score(candidate.Spread)}" : string.Empty),
                Spoken.Score(candidate.Predicted),
                Spoken.Two(candidate.Weights.Zip(choice.Weights, (a, b) => Math.Abs(a - b)).Sum() / 2),
                place == 0 ? string.Empty : Verdict(findings, choice, candidate),
                findings.PartsOf(candidate.Weights, 5),
            ])));
        yield return Page.Paragraph("Distance is the share of the tokens that would have to change hands, from 0 to 1.");
    }

    private static string Verdict(Findings findings, MixtureChoice choice, MixtureChoice candidate)
    {
        if (!double.IsFinite(findings.Noise) || !double.IsFinite(choice.Measured) || !double.IsFinite(candidate.Measured))
        {
            return "not known";
        }

        var (ours, theirs) = (Math.Max(1, findings.RunsOf(choice.Weights).Count), Math.Max(1, findings.RunsOf(candidate.Weights).Count));
        return Math.Abs(candidate.Measured - choice.Measured) < 2 * findings.Noise * Math.Sqrt((1.0 / ours) + (1.0 / theirs)) ? "yes" : "no";
    }
}
