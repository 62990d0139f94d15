using System.Globalization;
using System.Xml.Linq;
using Granary.Pipelines.Climb.Report.Plots;
using Granary.Pipelines.Climb.Search;
using static Granary.Pipelines.Climb.Report.Plots.Markup;

namespace Granary.Pipelines.Climb.Report.Sections;

/// <summary>What the trials cost, which of them failed, and all of them one by one.</summary>
internal static class TrialSection
{
    internal static XElement Of(Findings findings)
    {
        return Page.Section("trials", "Trials", Budget(findings), Failures(findings), Page.Details("Every trial", Tag("div", At("class", "wide"), All(findings))));
    }

    private static IEnumerable<XElement> Budget(Findings findings)
    {
        var rounds = findings.Trials.GroupBy(trial => trial.Trial.Round).Select(round => ($"round {round.Key}", Trials: round.ToList())).ToList();
        if (rounds.Count > 1)
        {
            rounds.Add(("all", [.. findings.Trials]));
        }

        yield return Tag("div", At("class", "wide"), Page.Table(
            ["round", " trials", " failed", " best", " tokens", " time, all added up", " time of one"],
            rounds.Select(round => (object?[])
            [
                round.Item1,
                Spoken.Count(round.Trials.Count),
                Spoken.Count(round.Trials.Count(trial => !double.IsFinite(trial.Result.Score))),
                Spoken.Score(round.Trials.Select(trial => trial.Result.Score).Where(double.IsFinite).DefaultIfEmpty(double.NaN).Min()),
                Spoken.Count(round.Trials.Sum(trial => (double)trial.Result.Tokens)),
                Spoken.Duration(round.Trials.Sum(trial => trial.Result.Seconds)),
                Spoken.Duration(round.Trials.Average(trial => trial.Result.Seconds)),
            ])));
    }

    private static IEnumerable<XElement> Failures(Findings findings)
    {
        if (findings.Failed.Count + findings.Record.Retries.Count == 0)
        {
            yield return Page.Paragraph("No trial failed, and none had to be made again.");
            yield break;
        }

        var trials = findings.Trials.ToDictionary(trial => trial.Trial.Id);
        var failed = findings.Failed.Select(trial => (object?[])[Findings.PlaceOf(trial.Trial), "failed", trial.Result.Failure ?? "it has no score", findings.PartsOf(trial.Trial.Weights)]);
        var retried = findings.Record.Retries.Select(attempt => (object?[])
        [
            trials.TryGetValue(attempt.TrialId, out var trial) ? Findings.PlaceOf(trial.Trial) : attempt.TrialId,
            $"attempt {attempt.Attempt} was made again",
            attempt.Reason,
            trial is null ? "–" : findings.PartsOf(trial.Trial.Weights),
        ]);
        yield return Page.Paragraph("What failed is left out of all fits; it never counts as a bad score.");
        yield return Tag("div", At("class", "wide"), Page.Table(["trial", "what", "why", "mixture"], failed.Concat(retried)));
    }

    private static XElement All(Findings findings)
    {
        return Page.Table(
            ["trial", "id", "why", " score", " predicted", " seed", " tokens", " time", "mixture"],
            findings.Trials.Select(trial => (object?[])
            [
                Findings.PlaceOf(trial.Trial),
                Tag("code", trial.Trial.Id),
                TrialStyle.Of(trial.Trial.Origin).Name + (trial.Trial.Kind == TrialKind.GroupDro ? ", group DRO" : string.Empty),
                double.IsFinite(trial.Result.Score) ? Spoken.Score(trial.Result.Score) : "failed",
                Spoken.Score(findings.Record.Predicted.GetValueOrDefault(trial.Trial.Id, double.NaN)),
                trial.Trial.Seed.ToString(CultureInfo.InvariantCulture),
                Spoken.Count(trial.Result.Tokens),
                Spoken.Duration(trial.Result.Seconds),
                findings.PartsOf(trial.Result.LearnedWeights.Count > 0 ? trial.Result.LearnedWeights : trial.Trial.Weights, findings.Space.Count),
            ]));
    }
}
