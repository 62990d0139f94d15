using System.Globalization;
using Granary.Core.Runs;
using Granary.Pipelines.Mazes;

namespace Granary.Cli.Mazes;

/// <summary>Scores as events and as sentences.</summary>
internal static class MazeReport
{
    internal const string EventKind = "mazes";

    /// <summary>The event of a score after some steps and tokens.</summary>
    internal static RunEvent Event(MazeScore score, long step, long tokens)
    {
        return new RunEvent { Kind = EventKind, Step = step, Numbers = Numbers(score).Append(new("tokens_seen", tokens)).ToDictionary() };
    }

    /// <summary>The numbers of a score by their names.</summary>
    internal static IEnumerable<KeyValuePair<string, double>> Numbers(MazeScore score)
    {
        var exact = Proportion.Of(score.Exact, score.Count);
        yield return new("mazes", score.Count);
        yield return new("exact", exact.Value);
        yield return new("exact_low", exact.Low);
        yield return new("exact_high", exact.High);
        yield return new("token_accuracy", score.TokenAccuracy);
        yield return new("valid", (double)score.Valid / score.Count);
        yield return new("shortest", (double)score.Shortest / score.Count);
    }

    /// <summary>One line on a score; only walls leave several paths, so only there it tells valid and shortest ones apart.</summary>
    internal static string Sentence(MazeScore score, MazeKind kind)
    {
        var exact = Proportion.Of(score.Exact, score.Count);
        var text = string.Create(
            CultureInfo.InvariantCulture,
            $"{100 * exact.Value:F1} % of {score.Count:N0} unseen mazes solved (95 % interval {100 * exact.Low:F1} to {100 * exact.High:F1}), {100 * score.TokenAccuracy:F1} % of the paths' tokens");
        return kind == MazeKind.Dfs
            ? text
            : text + string.Create(CultureInfo.InvariantCulture, $"; solved means the reference's own path: {100.0 * score.Shortest / score.Count:F1} % are valid and shortest, {100.0 * score.Valid / score.Count:F1} % valid");
    }
}
