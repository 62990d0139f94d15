using System.Xml.Linq;
using Granary.Pipelines.Climb.Report.Plots;
using Granary.Pipelines.Climb.Search;

namespace Granary.Pipelines.Climb.Report.Sections;

/// <summary>Scores trial by trial: each one, the best so far, and what was expected of the best.</summary>
internal static class ProgressSection
{
    private const double WorstShown = 0.9; // quantile: a few hopeless mixtures would press all others together

    internal static XElement Of(Findings findings)
    {
        return Page.Section("progress", "How the search went", findings.Measured.Count < 2
            ? Page.Paragraph("Fewer than two trials have a score, so there is no way to draw.")
            : Page.Figure(Draw(findings), "Score against the number of proxies, lower is better. Trials that are worse than nine in ten stand at the upper edge.", [.. Keys(findings)]));
    }

    private static XElement Draw(Findings findings)
    {
        var expected = ExpectedBest(findings);
        var plot = new Plot("Scores by trial, with the best so far", (1, findings.Trials.Count), Range(findings, expected), "trials", findings.Record.Objective);
        if (findings.Uniform is { } uniform)
        {
            plot.Level(uniform.Score, "uniform", "equal shares");
        }

        if (findings.Natural is { } natural)
        {
            plot.Level(natural.Score, "natural", "own shares");
        }

        plot.Curve(BestSoFar(findings), "best", "best so far");
        foreach (var (first, last, score) in expected)
        {
            plot.Curve([(first, score), (last, score)], "expected", $"predicted best: {Spoken.Score(score)}");
        }

        foreach (var (index, trial) in findings.Trials.Index())
        {
            Mark(plot, index + 1, trial, findings);
        }

        return plot.ToElement();
    }

    private static void Mark(Plot plot, int number, FinishedTrial trial, Findings findings)
    {
        if (!double.IsFinite(trial.Result.Score))
        {
            plot.MarkBelow(Shape.Cross, number, "failed", $"{Findings.PlaceOf(trial.Trial)} failed: {trial.Result.Failure ?? "it has no score"}");
            return;
        }

        var style = TrialStyle.Of(trial.Trial.Origin);
        plot.Mark(style.Shape, number, trial.Result.Score, style.CssClass, $"{Findings.PlaceOf(trial.Trial)} ({style.Name}): {Spoken.Score(trial.Result.Score)}; {findings.NameOf(trial.Trial.Weights)}");
    }

    private static IEnumerable<(double X, double Y)> BestSoFar(Findings findings)
    {
        var best = double.PositiveInfinity;
        foreach (var (index, trial) in findings.Trials.Index())
        {
            if (trial.Result.Score < best)
            {
                if (double.IsFinite(best))
                {
                    yield return (index + 1, best);
                }

                best = trial.Result.Score;
                yield return (index + 1, best);
            }
        }

        yield return (findings.Trials.Count, best);
    }

    // For each round, the best that its predictor saw among what it proposed, and at the end what it says of the choice.
    private static List<(double First, double Last, double Score)> ExpectedBest(Findings findings)
    {
        var rounds = findings.Trials.Index().GroupBy(entry => entry.Item.Trial.Round)
            .Select(round => (First: round.First().Index + 1.0, Last: round.Last().Index + 1.0, Said: round.Select(entry => findings.Record.Predicted.GetValueOrDefault(entry.Item.Trial.Id, double.NaN)).Where(double.IsFinite).ToList()))
            .Where(round => round.Said.Count > 0)
            .Select(round => (round.First, round.Last, round.Said.Min()))
            .ToList();
        if (findings.Record.Choice is { } choice && double.IsFinite(choice.Predicted))
        {
            rounds.Add((findings.Trials.Count - 0.4, findings.Trials.Count + 0.4, choice.Predicted));
        }

        return rounds;
    }

    private static (double Low, double High) Range(Findings findings, List<(double First, double Last, double Score)> expected)
    {
        var scores = findings.Measured.Select(trial => trial.Result.Score).Order().ToList();
        var high = scores[(int)Math.Ceiling(WorstShown * (scores.Count - 1))];
        double?[] lines = [findings.Uniform?.Score, findings.Natural?.Score];
        return (expected.Select(round => round.Score).Append(scores[0]).Min(), lines.Select(line => line ?? high).Append(high).Max());
    }

    private static IEnumerable<XElement> Keys(Findings findings)
    {
        yield return Page.LineKey("best", "best so far");
        if (ExpectedBest(findings).Count > 0)
        {
            yield return Page.LineKey("expected", "predicted best of a round, and of the choice");
        }

        foreach (var origin in findings.Measured.Select(trial => trial.Trial.Origin).Distinct().Order())
        {
            var style = TrialStyle.Of(origin);
            yield return Page.Key(style.Shape, style.CssClass, style.Name);
        }

        if (findings.Failed.Count > 0)
        {
            yield return Page.Key(Shape.Cross, "failed", "failed");
        }
    }
}
