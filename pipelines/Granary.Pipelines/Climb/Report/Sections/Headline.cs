using System.Globalization;
using System.Xml.Linq;
using Granary.Pipelines.Climb.Report.Plots;
using Granary.Pipelines.Climb.Search;
using static Granary.Pipelines.Climb.Report.Plots.Markup;

namespace Granary.Pipelines.Climb.Report.Sections;

/// <summary>What the search found and how sure it is: in plain words, and in a few numbers.</summary>
internal static class Headline
{
    internal static XElement Of(Findings findings)
    {
        return Tag("header",
            Tag("p", At("class", "kind"), "Mixture search"),
            Tag("h1", findings.Record.Name),
            Tag("p", At("class", "lead"), string.Join(' ', Sentences(findings))),
            Tag("dl", At("class", "tiles"), Tiles(findings)));
    }

    /// <summary>The sentences, which also stand where there is no page.</summary>
    internal static IEnumerable<string> Sentences(Findings findings)
    {
        var components = Spoken.Of(findings.Space.Count, "component");
        if (findings.Record.Choice is not { } choice)
        {
            yield return findings.Best is { } best
                ? $"The search goes on: of {Spoken.Of(findings.Trials.Count, "trial")} so far over {components}, the best scores {Spoken.Score(best.Result.Score)} with {findings.NameOf(best.Trial.Weights)}."
                : $"The search goes on: no trial over {components} has a score yet.";
            yield break;
        }

        if (findings.Space.Count == 1)
        {
            yield return $"There is one component, {findings.Space.Components[0].Name}, so there is nothing to mix: it has all the weight.";
            yield break;
        }

        yield return $"Of {Spoken.Of(findings.Trials.Count, "trial")} of mixtures of {components}, the search settled on {findings.PartsOf(choice.Weights)}.";
        if (ScoreOf(choice) is { } score)
        {
            yield return (double.IsFinite(choice.Measured) ? $"It scores {Spoken.Score(score)}" : $"It was not trained itself; the predictor expects {Spoken.Score(score)}") + Comparison(findings, score) + ".";
            yield return Certainty(findings, choice, score);
        }
    }

    private static double? ScoreOf(MixtureChoice choice)
    {
        var score = double.IsFinite(choice.Measured) ? choice.Measured : choice.Predicted;
        return double.IsFinite(score) ? score : null;
    }

    private static string Comparison(Findings findings, double score)
    {
        var comparisons = new List<string>();
        if (findings.Natural is { } natural)
        {
            comparisons.Add(Difference(natural.Score - score, natural.Score, "the text's own shares"));
        }

        if (findings.Uniform is { } uniform)
        {
            comparisons.Add(Difference(uniform.Score - score, uniform.Score, "equal shares"));
        }

        return comparisons.Count == 0 ? "; neither equal shares nor the text's own were trained, so it is not compared with anything" : $", {string.Join(" and ", comparisons)}";
    }

    private static string Difference(double gain, double from, string name)
    {
        var share = from == 0 ? string.Empty : $" ({Spoken.Percent(Math.Abs(gain / from))})";
        return string.Create(CultureInfo.InvariantCulture, $"{Math.Abs(gain):F4}{share} {(gain >= 0 ? "better" : "worse")} than {name}");
    }

    private static string Certainty(Findings findings, MixtureChoice choice, double score)
    {
        if (!double.IsFinite(choice.Measured))
        {
            return "A prediction is no measurement: take it for a guess until a model is trained on this mixture.";
        }

        if (!double.IsFinite(findings.Noise))
        {
            return "No mixture was run with several seeds, so nobody can say how much of this is chance.";
        }

        if (findings.Noise == 0)
        {
            return "Runs of one mixture with other seeds scored the very same, so what mixtures differ by is no chance of the seed.";
        }

        var runs = Math.Max(1, findings.RunsOf(choice.Weights).Count);
        var picked = runs == 1 ? " It was picked for the very run that this score is of, so expect a little less of another." : string.Empty;
        if ((findings.Natural ?? findings.Uniform) is not { } other)
        {
            return $"Two runs of one mixture differ by {Spoken.Score(findings.Noise)} (standard deviation).{picked}";
        }

        var times = (other.Score - score) / (findings.Noise * Math.Sqrt((1.0 / runs) + (1.0 / other.Runs)));
        var verdict = times switch
        {
            >= 3 => "far more than chance makes",
            >= 2 => "probably more than chance",
            >= 0 => "which may be chance",
            _ => "it is none",
        };
        var name = findings.Natural is null ? "equal shares" : "the text's own shares";
        return $"Runs of one mixture with other seeds differ by {Spoken.Score(findings.Noise)} (standard deviation), so the gain over {name} is {Spoken.Times(times)} times its own error: {verdict}.{picked}";
    }

    private static IEnumerable<XElement> Tiles(Findings findings)
    {
        var choice = findings.Record.Choice;
        yield return Tile(choice is null ? "best so far" : "chosen", Spoken.Score(choice is null ? findings.Best?.Result.Score ?? double.NaN : ScoreOf(choice) ?? double.NaN), findings.Record.Objective);
        yield return Tile("the text's own shares", Spoken.Score(findings.Natural?.Score ?? double.NaN), findings.Natural is { } natural ? Spoken.Of(natural.Runs, "run") : "not trained");
        yield return Tile("equal shares", Spoken.Score(findings.Uniform?.Score ?? double.NaN), findings.Uniform is { } uniform ? Spoken.Of(uniform.Runs, "run") : "not trained");
        var repeats = findings.Repeats.Sum(repeated => repeated.Count);
        yield return Tile("noise of a run", Spoken.Score(findings.Noise), repeats == 0 ? "nothing was run twice" : $"standard deviation over {Spoken.Of(repeats, "run")}");
        var fit = findings.LastFit;
        var ranks = fit is null || double.IsNaN(fit.Rmse) ? double.NaN : fit.RankCorrelation;
        yield return Tile("rank correlation", Spoken.Two(ranks), fit is null ? "no predictor" : double.IsNaN(ranks) ? $"{fit.Predictor}, on too few trials to tell" : $"{fit.Predictor}, out of fold");
        yield return Tile("trials", Spoken.Count(findings.Trials.Count), findings.Failed.Count == 0 ? "none failed" : $"{findings.Failed.Count} failed");
    }

    private static XElement Tile(string name, string value, string remark)
    {
        return Tag("div", Tag("dt", name), Tag("dd", value), Tag("dd", At("class", "remark"), remark));
    }
}
