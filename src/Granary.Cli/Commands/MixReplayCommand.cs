using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Granary.Core.Configuration;
using Granary.Pipelines.Climb.Replay;
using Granary.Pipelines.Climb.Statistics;
using Spectre.Console;

namespace Granary.Cli.Commands;

/// <summary>`granary mix replay`: searches on a table of known results.</summary>
internal static class MixReplayCommand
{
    internal static Command Build()
    {
        var command = new Command("replay", "Runs searches on tables of known results, whose rows are all that a search may visit, and tells how far from the best row they end.");
        var mixtures = new Option<string>("--mixtures") { Description = "CSV files of mixtures, with commas between them: the first column names the run, the others are weights.", Required = true };
        var losses = new Option<string>("--losses") { Description = "CSV files of these runs' losses, in the same order; the first column names the run.", Required = true };
        var target = new Option<string>("--target") { Description = "Columns whose mean is the score, with commas between them, by any part of their names that only they have; 'mean' for all.", Required = true };
        var preset = MixMethods.Option("--preset", "Methods, with commas between them; with several, each is compared with the first.", "robust");
        var evaluations = new Option<int>("--evaluations") { Description = "Rows that a search may visit.", DefaultValueFactory = _ => 112 };
        var seeds = new Option<int>("--seeds") { Description = "Searches of each method.", DefaultValueFactory = _ => 20 };
        var json = new Option<bool>("--json") { Description = "One JSON object." };
        foreach (var option in (Option[])[mixtures, losses, target, preset, evaluations, seeds, json])
        {
            command.Options.Add(option);
        }

        ThreadsOption.RequirePositive(evaluations);
        ThreadsOption.RequirePositive(seeds);
        command.SetAction(arguments => Guard.Run(() =>
        {
            using var interruption = new Interruption();
            var table = TableOf(arguments.GetRequiredValue(mixtures), arguments.GetRequiredValue(losses), arguments.GetRequiredValue(target));
            var outcomes = MixMethods.Names(arguments.GetRequiredValue(preset))
                .Select(method => MixtureReplay.RunAsync(method, table, arguments.GetValue(evaluations), arguments.GetValue(seeds), interruption.Token).GetAwaiter().GetResult())
                .ToList();
            if (arguments.GetValue(json))
            {
                Console.Out.WriteLine(ToJson(outcomes, arguments.GetRequiredValue(target), arguments.GetValue(evaluations), table.Mixtures.Count).ToJsonString());
            }
            else
            {
                Print(outcomes);
            }

            return ExitCodes.Done;
        }));
        return command;
    }

    private static ReplayTable TableOf(string mixtures, string losses, string target)
    {
        var (mixtureFiles, lossFiles) = (mixtures.Split(','), losses.Split(','));
        if (mixtureFiles.Length != lossFiles.Length)
        {
            throw new ConfigurationException("mix replay", [$"'--mixtures' names '{mixtureFiles.Length}' files and '--losses' {lossFiles.Length}, but each file of mixtures needs one of losses. Give them in the same order."]);
        }

        try
        {
            var runs = mixtureFiles.Zip(lossFiles, MeasuredRuns.Read).Aggregate((all, others) => all.Append(others));
            return new ReplayTable(runs, target.Split(','));
        }
        catch (ArgumentException exception)
        {
            throw new ConfigurationException("mix replay", [exception.Message]);
        }
    }

    private static JsonObject ToJson(IReadOnlyList<ReplayOutcome> outcomes, string target, int evaluations, int pool)
    {
        var single = outcomes.Count == 1 ? ToJson(outcomes[0]) : new JsonObject { ["methods"] = new JsonArray([.. outcomes.Select(ToJson)]) };
        single["target"] = target;
        single["evaluations"] = evaluations;
        single["pool"] = pool;
        if (outcomes.Count > 1)
        {
            single["compared"] = new JsonArray([.. outcomes.Skip(1).Select(other => MixMethods.Compared("regret", outcomes[0].Method, outcomes[0].Regret, other.Method, other.Regret))]);
        }

        return single;
    }

    private static JsonObject ToJson(ReplayOutcome outcome)
    {
        return new JsonObject
        {
            ["preset"] = outcome.Method,
            ["regret_median"] = MixMethods.Median(outcome.Regret),
            ["regret_mean"] = outcome.Regret.Average(),
            ["regret"] = MixMethods.Numbers(outcome.Regret),
            ["best_observed_regret_median"] = MixMethods.Median(outcome.BestObservedRegret),
            ["rank_correlation"] = outcome.RankCorrelation.Any(double.IsNaN) ? null : MixMethods.Median(outcome.RankCorrelation),
        };
    }

    private static void Print(IReadOnlyList<ReplayOutcome> outcomes)
    {
        var table = new Table().AddColumns("method", "regret, median", "mean", "best visited, median", "rank correlation", "mean above the first's (95 %)");
        foreach (var outcome in outcomes)
        {
            var rank = MixMethods.Median(outcome.RankCorrelation);
            table.AddRow(
                outcome.Method,
                MixMethods.Text(MixMethods.Median(outcome.Regret)),
                MixMethods.Text(outcome.Regret.Average()),
                MixMethods.Text(MixMethods.Median(outcome.BestObservedRegret)),
                double.IsNaN(rank) ? "-" : rank.ToString("F3", CultureInfo.InvariantCulture),
                MixMethods.IntervalText(outcomes[0].Regret, outcome.Regret));
        }

        AnsiConsole.Write(table);
    }
}
