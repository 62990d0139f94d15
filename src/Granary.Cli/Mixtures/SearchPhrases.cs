using System.Globalization;
using Granary.Cli.Terminal;
using Granary.Pipelines.Climb.Mixtures;
using Granary.Pipelines.Climb.Search;

namespace Granary.Cli.Mixtures;

/// <summary>A search in words: a sentence for each thing that happens, and a table of how it stands.</summary>
internal static class SearchPhrases
{
    private const int BestShown = 5;
    private const int BarWidth = 20;

    private static readonly CultureInfo Invariant = CultureInfo.InvariantCulture;

    /// <summary>"docs 42 %, code 31 %, 3 others 27 %".</summary>
    internal static string Parts(MixtureSpace space, IReadOnlyList<double> weights, int shown = 3)
    {
        var parts = space.Components.Zip(weights, (component, weight) => (component.Name, Weight: weight)).Where(part => part.Weight > 0).OrderByDescending(part => part.Weight).ToList();
        var named = string.Join(", ", parts.Take(shown).Select(part => $"{part.Name} {Percent(part.Weight)}"));
        var rest = parts.Count - shown;
        return rest <= 0 ? named : $"{named}, {rest} {(rest == 1 ? "other" : "others")} {Percent(parts.Skip(shown).Sum(part => part.Weight))}";
    }

    /// <summary>One line on a round that begins.</summary>
    internal static string Round(SearchStanding standing, Proposal proposal)
    {
        var text = string.Create(Invariant, $"round {standing.Round}: {proposal.Trials.Count} {(proposal.Trials.Count == 1 ? "trial" : "trials")}");
        return standing.Fit is { } fit ? $"{text} chosen by {fit.Predictor} ({Accuracy(fit)})" : text;
    }

    // Where nothing was kept from a fit, 0 would say that it ranks by chance.
    private static string Accuracy(PredictorFit fit)
    {
        return double.IsNaN(fit.Rmse)
            ? $"of {fit.Trials} trials, too few to tell how well it ranks"
            : string.Create(Invariant, $"rank correlation {fit.RankCorrelation:F2}, {fit.RankCorrelationOfBest:F2} among the best quarter, of {fit.Trials} trials");
    }

    /// <summary>One line on a trial that ended.</summary>
    internal static string Trial(SearchStanding standing, EndedTrial ended)
    {
        var (trial, result) = (ended.Finished.Trial, ended.Finished.Result);
        var text = string.Create(Invariant, $"trial {standing.Ended.Count}/{standing.Trials} (round {trial.Round}, {trial.Index + 1}): ");
        text += result.HasFailed ? $"failed: {result.Failure ?? "it has no score"}" : Score(result.Score);
        if (double.IsFinite(ended.Predicted) && !result.HasFailed)
        {
            text += $", predicted {Score(ended.Predicted)}";
        }

        return text + (standing.Best is { } best ? $", best {Score(best.Finished.Result.Score)}" : string.Empty) + Left(standing);
    }

    /// <summary>One line on the choice.</summary>
    internal static string Choice(MixtureSpace space, MixtureChoice choice)
    {
        var score = double.IsFinite(choice.Measured) ? $", measured {Score(choice.Measured)}" : string.Empty;
        score += double.IsFinite(choice.Predicted) ? $", predicted {Score(choice.Predicted)}" : string.Empty;
        return $"chosen by '{choice.Rule}': {Parts(space, choice.Weights, 5)}{score}";
    }

    /// <summary>The table that a terminal shows: how far, the best so far, and the last.</summary>
    internal static IReadOnlyList<string> Table(MixtureSpace space, SearchStanding standing)
    {
        var full = standing.Trials == 0 ? BarWidth : BarWidth * standing.Ended.Count / standing.Trials;
        var head = string.Create(Invariant, $"  {new string('\u2588', full)}{new string('\u2591', BarWidth - full)} round {standing.Round}, {standing.Ended.Count} of {standing.Trials} trials, {standing.Running} running");
        List<string> lines = [head + (standing.Failed > 0 ? $", {standing.Failed} failed" : string.Empty) + Left(standing)];
        lines.AddRange(Rows(space, standing));
        if (standing.Fit is { } fit)
        {
            lines.Add(string.Create(Invariant, $"  {fit.Predictor}: {Accuracy(fit)}, off by {(double.IsNaN(fit.Rmse) ? "?" : Score(fit.Rmse))}"));
        }

        if (double.IsFinite(standing.Agreement))
        {
            lines.Add(string.Create(Invariant, $"  predicted against measured so far: rank correlation {standing.Agreement:F2}"));
        }

        return lines;
    }

    private static IEnumerable<string> Rows(MixtureSpace space, SearchStanding standing)
    {
        if (standing.Ended.Count == 0)
        {
            yield break;
        }

        yield return "            trial     score  predicted  mixture";
        foreach (var (place, trial) in standing.BestOf(BestShown).Index())
        {
            yield return Row(space, $"best {place + 1}", trial);
        }

        yield return Row(space, "last", standing.Ended[^1]);
    }

    private static string Row(MixtureSpace space, string name, EndedTrial ended)
    {
        var (trial, result) = (ended.Finished.Trial, ended.Finished.Result);
        var place = string.Create(Invariant, $"{trial.Round}.{trial.Index + 1}");
        return $"  {name,-6} {place,8}  {(result.HasFailed ? "failed" : Score(result.Score)),8}  {(double.IsFinite(ended.Predicted) ? Score(ended.Predicted) : "-"),9}  {Parts(space, result.LearnedWeights.Count > 0 ? result.LearnedWeights : trial.Weights)}";
    }

    private static string Left(SearchStanding standing) => standing.Left is { } left ? $", {Phrases.Duration(left)} left" : string.Empty;

    private static string Score(double score) => score.ToString("F4", Invariant);

    private static string Percent(double weight) => string.Create(Invariant, $"{100 * weight:F0} %");
}
