using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Granary.Cli.Mixtures;
using Granary.Core.Runs;
using Granary.Pipelines.Climb.Search;

namespace Granary.Cli.Commands;

/// <summary>`granary mix status CONFIG`: how far a search is, from the files it leaves; it may be going on.</summary>
internal static class MixStatusCommand
{
    private const int Shown = 5;

    internal static Command Build()
    {
        var command = new Command("status", "Says how far a search is: its rounds, the best trials, the failed ones.");
        var options = new RunOptions().AddTo(command);
        command.SetAction(arguments => Guard.Run(() =>
        {
            var config = options.Config(arguments);
            var folder = RunFolder.At(Path.Combine(arguments.GetRequiredValue(options.Runs), config.Name));
            var state = SearchFolder.Read(folder.StagePath(MixStage.Name));
            foreach (var line in options.IsJson(arguments) ? [ToJson(state).ToJsonString()] : Lines(state))
            {
                Console.Out.WriteLine(line);
            }

            return ExitCodes.Done;
        }));
        return command;
    }

    /// <summary>The state in words.</summary>
    internal static IEnumerable<string> Lines(SearchFolder state)
    {
        var trials = state.ReadTrials();
        foreach (var (i, round) in state.ReadRounds().Index())
        {
            var ended = trials.Where(trial => trial.Trial.Round == i + 1).ToList();
            var failed = ended.Count(trial => trial.Result.HasFailed);
            yield return $"round {i + 1}: {ended.Count} of {round.Trials.Count} trials ended{(failed > 0 ? $", {failed} failed" : string.Empty)}";
        }

        foreach (var trial in BestOf(trials))
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"  {trial.Result.Score:F4}  {Mixture(state, trial.Trial.Weights)}");
        }

        foreach (var trial in trials.Where(trial => trial.Result.HasFailed))
        {
            yield return $"  failed  {trial.Trial.Id}: {trial.Result.Failure}";
        }

        if (state.ReadChoice() is { } choice)
        {
            yield return $"chosen ({choice.Rule}): {Mixture(state, choice.Weights)}";
        }
    }

    /// <summary>The state as JSON: rounds, the best trials, those that failed, and the choice once there is one.</summary>
    internal static JsonObject ToJson(SearchFolder state)
    {
        var trials = state.ReadTrials();
        JsonObject Weights(IReadOnlyList<double> weights) => new(state.Space.ByName(weights).Select(weight => KeyValuePair.Create(weight.Key, (JsonNode?)weight.Value)));
        return new JsonObject
        {
            ["rounds"] = new JsonArray([.. state.ReadRounds().Select((round, i) => new JsonObject
            {
                ["trials"] = round.Trials.Count,
                ["ended"] = trials.Count(trial => trial.Trial.Round == i + 1),
                ["failed"] = trials.Count(trial => trial.Trial.Round == i + 1 && trial.Result.HasFailed),
            })]),
            ["best"] = new JsonArray([.. BestOf(trials).Select(trial => new JsonObject { ["trial"] = trial.Trial.Id, ["score"] = trial.Result.Score, ["weights"] = Weights(trial.Trial.Weights) })]),
            ["failed"] = new JsonArray([.. trials.Where(trial => trial.Result.HasFailed).Select(trial => new JsonObject { ["trial"] = trial.Trial.Id, ["reason"] = trial.Result.Failure })]),
            ["choice"] = state.ReadChoice() is { } choice ? new JsonObject { ["rule"] = choice.Rule, ["weights"] = Weights(choice.Weights) } : null,
        };
    }

    private static IEnumerable<FinishedTrial> BestOf(IReadOnlyList<FinishedTrial> trials)
    {
        return trials.Where(trial => !trial.Result.HasFailed).OrderBy(trial => trial.Result.Score).Take(Shown);
    }

    private static string Mixture(SearchFolder state, IReadOnlyList<double> weights)
    {
        var parts = state.Space.ByName(weights).Where(weight => weight.Value > 0).OrderByDescending(weight => weight.Value);
        return string.Join(", ", parts.Select(weight => string.Create(CultureInfo.InvariantCulture, $"{weight.Key} {weight.Value:P1}")));
    }
}
