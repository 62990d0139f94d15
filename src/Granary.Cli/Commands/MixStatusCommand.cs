using System.CommandLine;
using System.Globalization;
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
            foreach (var line in Lines(state))
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

        foreach (var trial in trials.Where(trial => !trial.Result.HasFailed).OrderBy(trial => trial.Result.Score).Take(Shown))
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

    private static string Mixture(SearchFolder state, IReadOnlyList<double> weights)
    {
        var parts = state.Space.ByName(weights).Where(weight => weight.Value > 0).OrderByDescending(weight => weight.Value);
        return string.Join(", ", parts.Select(weight => string.Create(CultureInfo.InvariantCulture, $"{weight.Key} {weight.Value:P1}")));
    }
}
