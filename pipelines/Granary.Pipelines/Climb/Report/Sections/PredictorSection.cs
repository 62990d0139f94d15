using System.Xml.Linq;
using Granary.Pipelines.Climb.Report.Plots;
using Granary.Pipelines.Climb.Search;
using Granary.Pipelines.Climb.Statistics;
using static Granary.Pipelines.Climb.Report.Plots.Markup;

namespace Granary.Pipelines.Climb.Report.Sections;

/// <summary>How far the predictors can be believed.</summary>
internal static class PredictorSection
{
    private const string Id = "predictors";
    private const string Heading = "How far the predictor can be believed";
    private const int FewestRanked = 4;

    internal static XElement Of(Findings findings)
    {
        var rows = findings.Record.Fits.OrderBy(round => round.Key).SelectMany(round => round.Value.Select((fit, place) => Row($"round {round.Key}", fit, place == 0)))
            .Concat(findings.Record.Choice is { } choice ? choice.Fits.Select((fit, place) => Row("choice", fit, place == 0)) : [])
            .ToList();
        if (rows.Count == 0)
        {
            return Page.Section(Id, Heading, Page.Paragraph("The search went by no predictor."));
        }

        var table = Page.Table(["for", "predictor", " trials", " rank correlation", " in the best quarter", " RMSE", "remark"], rows);
        var words = Tag("div", Page.Paragraph(Optimism(findings)), Page.Paragraph(Agreement(findings)), Page.Paragraph(
            "Rank correlation is Spearman's, of scores and what a predictor says of trials that were kept from it. A good one overall may still be blind among the best, which is where the choice is made; so both are shown."));
        return Page.Section(Id, Heading, Tag("div", At("class", "split"), Scatter(findings), words), Tag("div", At("class", "wide"), table));
    }

    private static List<object?> Row(string round, PredictorFit fit, bool isUsed)
    {
        return [round, isUsed ? Tag("strong", fit.Predictor) : fit.Predictor, Spoken.Count(fit.Trials), Spoken.Two(Known(fit, fit.RankCorrelation)), Spoken.Two(Known(fit, fit.RankCorrelationOfBest)), Spoken.Score(fit.Rmse), fit.Failure ?? (isUsed ? "used" : string.Empty)];
    }

    // Where nothing was kept from a fit, 0 would say that it ranks by chance.
    private static double Known(PredictorFit fit, double correlation) => double.IsNaN(fit.Rmse) ? double.NaN : correlation;

    private static XElement Scatter(Findings findings)
    {
        var scores = findings.Measured.ToDictionary(trial => trial.Trial.Id);
        var (held, before) = (Held(findings, scores), Before(findings));
        if (held.Count + before.Count < 2)
        {
            return Page.Paragraph("There are fewer than two predictions of trials that have a score, so there is nothing to draw.");
        }

        var values = held.Concat(before).SelectMany(pair => (double[])[pair.Said, pair.Trial.Result.Score]).ToList();
        var (low, high) = (values.Min(), values.Max());
        var plot = new Plot("Predicted against measured scores", (low, high), (low, high), "predicted", "measured");
        plot.Curve([(low, low), (high, high)], "natural", "prediction and measurement agree");
        held.ForEach(pair => plot.Mark(Shape.Ring, pair.Said, pair.Trial.Result.Score, "c1", Title(pair, "out of fold")));
        before.ForEach(pair => plot.Mark(Shape.Diamond, pair.Said, pair.Trial.Result.Score, "c2", Title(pair, "before it ran")));
        if (findings.Record.Choice is { } choice && double.IsFinite(choice.Predicted) && double.IsFinite(choice.Measured))
        {
            plot.Mark(Shape.Star, choice.Predicted, choice.Measured, "chosen", $"the choice: predicted {Spoken.Score(choice.Predicted)}, measured {Spoken.Score(choice.Measured)}", radius: 7);
        }

        return Page.Figure(
            plot.ToElement(),
            "On the line, a trial scored what was said of it; below the line it did better.",
            held.Count > 0 ? Page.Key(Shape.Ring, "c1", "said by a fit that had not seen the trial") : null,
            before.Count > 0 ? Page.Key(Shape.Diamond, "c2", "said before the trial ran") : null,
            Page.Key(Shape.Star, "chosen", "the choice"));
    }

    private static List<(FinishedTrial Trial, double Said)> Held(Findings findings, Dictionary<string, FinishedTrial> scores)
    {
        return findings.LastFit is { } fit
            ? [.. fit.TrialIds.Zip(fit.OutOfFold).Where(pair => scores.ContainsKey(pair.First) && double.IsFinite(pair.Second)).Select(pair => (scores[pair.First], pair.Second))]
            : [];
    }

    private static List<(FinishedTrial Trial, double Said)> Before(Findings findings)
    {
        return [.. findings.Measured.Select(trial => (trial, findings.Record.Predicted.GetValueOrDefault(trial.Trial.Id, double.NaN))).Where(pair => double.IsFinite(pair.Item2))];
    }

    private static string Agreement(Findings findings)
    {
        var before = Before(findings);
        if (before.Count < FewestRanked)
        {
            return $"Fewer than {FewestRanked} trials were predicted before they ran, too few to rank.";
        }

        List<double> said = [.. before.Select(pair => pair.Said)];
        List<double> scores = [.. before.Select(pair => pair.Trial.Result.Score)];
        return $"Of {Spoken.Of(before.Count, "trial")} that were predicted before they ran, predictions and scores have a rank correlation of {Spoken.Two(RankCorrelation.Spearman(said, scores))}: all of these were expected to be good, so they are harder to rank than trials drawn at random.";
    }

    private static string Title((FinishedTrial Trial, double Said) pair, string when)
    {
        return $"{Findings.PlaceOf(pair.Trial.Trial)}: predicted {Spoken.Score(pair.Said)} {when}, measured {Spoken.Score(pair.Trial.Result.Score)}";
    }

    private static string Optimism(Findings findings)
    {
        if (findings.Record.Choice is not { } choice || !double.IsFinite(choice.Predicted) || !double.IsFinite(choice.Measured))
        {
            return "Optimism at the chosen mixture is not known: it takes a prediction and a measurement of it.";
        }

        var optimism = choice.Measured - choice.Predicted;
        return $"Optimism at the chosen mixture: predicted {Spoken.Score(choice.Predicted)}, measured {Spoken.Score(choice.Measured)}, so the predictor was {Spoken.Score(Math.Abs(optimism))} too {(optimism >= 0 ? "hopeful" : "gloomy")}.";
    }
}
