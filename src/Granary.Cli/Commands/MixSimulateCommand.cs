using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Granary.Core.Configuration;
using Granary.Pipelines.Climb.Search;
using Granary.Pipelines.Climb.Simulation;
using Spectre.Console;

namespace Granary.Cli.Commands;

/// <summary>`granary mix simulate`: searches in worlds whose best mixture is known.</summary>
internal static class MixSimulateCommand
{
    internal static Command Build()
    {
        var defaults = new SimulationConfig();
        var command = new Command("simulate", "Runs searches in made-up worlds whose best mixture is known, and tells how near they come to it.");
        var world = new Option<string>("--world") { Description = "markov: corpora that are Markov chains, models trained by counting; analytic: losses by a formula.", DefaultValueFactory = _ => defaults.World };
        var methods = MixMethods.Option("--methods", "Methods, with commas between them; each is compared with the first.", "robust,regmix,random,uniform");
        var components = new Option<int>("--components") { Description = "Components of the mixtures.", DefaultValueFactory = _ => defaults.Components };
        var evaluations = new Option<int>("--evaluations") { Description = "Trials of a search, finalists included.", DefaultValueFactory = _ => defaults.Evaluations };
        var seeds = new Option<int>("--seeds") { Description = "Searches of each method, each in a world of its own.", DefaultValueFactory = _ => defaults.Seeds };
        var noise = new Option<double>("--noise") { Description = "Standard deviation of a trial's score in the analytic world.", DefaultValueFactory = _ => defaults.Noise };
        var symbols = new Option<int>("--symbols") { Description = "Symbols that a trial of the Markov world trains on.", DefaultValueFactory = _ => defaults.Symbols };
        var minWeight = new Option<double>("--min-weight") { Description = "Weights are multiples of it; a method from a file says its own.", DefaultValueFactory = _ => defaults.MinWeight };
        var folder = new Option<string?>("--folder") { Description = "Run one search of the first method, in the world of seed 1, with its state in this folder; killed and run again, it goes on." };
        var json = new Option<bool>("--json") { Description = "One JSON object." };
        foreach (var option in (Option[])[world, methods, components, evaluations, seeds, noise, symbols, minWeight, folder, json])
        {
            command.Options.Add(option);
        }

        command.SetAction(arguments => Guard.Run(() =>
        {
            var config = new SimulationConfig
            {
                World = arguments.GetRequiredValue(world),
                Components = arguments.GetValue(components),
                Evaluations = arguments.GetValue(evaluations),
                Seeds = arguments.GetValue(seeds),
                Noise = arguments.GetValue(noise),
                Symbols = arguments.GetValue(symbols),
                MinWeight = arguments.GetValue(minWeight),
            };
            var errors = new ConfigurationErrors();
            config.Validate("--", errors);
            errors.ThrowIfAny("mix simulate");
            var names = MixMethods.Names(arguments.GetRequiredValue(methods));
            using var interruption = new Interruption();
            if (arguments.GetValue(folder) is { } kept)
            {
                Print(MixtureSimulation.RunInFolderAsync(names[0], config, kept, interruption.Token).GetAwaiter().GetResult());
                return ExitCodes.Done;
            }

            var isJson = arguments.GetValue(json);
            var outcomes = MixtureSimulation.RunAsync(names, config, (method, seed, test) => Progress(method, seed, test, isJson), interruption.Token).GetAwaiter().GetResult();
            if (isJson)
            {
                Console.Out.WriteLine(ToJson(outcomes, config).ToJsonString());
            }
            else
            {
                Print(outcomes);
            }

            return ExitCodes.Done;
        }));
        return command;
    }

    private static void Progress(string method, int seed, double test, bool isJson)
    {
        if (!isJson)
        {
            Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"seed {seed}, {method}: {test:F4}"));
        }
    }

    private static JsonObject ToJson(IReadOnlyList<SimulationOutcome> outcomes, SimulationConfig config)
    {
        var others = outcomes.Skip(1).ToList();
        return new JsonObject
        {
            ["world"] = config.World,
            ["components"] = config.Components,
            ["evaluations"] = config.Evaluations,
            ["noise"] = config.Noise,
            ["symbols"] = config.Symbols,
            ["min_weight"] = config.MinWeight,
            ["methods"] = new JsonArray([.. outcomes.Select(ToJson)]),
            ["compared"] = new JsonArray([
                .. others.Select(other => MixMethods.Compared("test", outcomes[0].Method, outcomes[0].Test, other.Method, other.Test)),
                .. others.Select(other => MixMethods.Compared("distance", outcomes[0].Method, outcomes[0].Distance, other.Method, other.Distance)),
            ]),
        };
    }

    private static JsonObject ToJson(SimulationOutcome outcome)
    {
        return new JsonObject
        {
            ["method"] = outcome.Method,
            ["trials"] = outcome.Trials,
            ["gap_closed_mean"] = outcome.GapClosed.Average(),
            ["distance_mean"] = outcome.Distance.Average(),
            ["test_mean"] = outcome.Test.Average(),
            ["regret_mean"] = outcome.Regret.Average(),
            ["gap_closed"] = MixMethods.Numbers(outcome.GapClosed),
            ["distance"] = MixMethods.Numbers(outcome.Distance),
            ["test"] = MixMethods.Numbers(outcome.Test),
            ["regret"] = MixMethods.Numbers(outcome.Regret),
        };
    }

    private static void Print(IReadOnlyList<SimulationOutcome> outcomes)
    {
        var table = new Table().AddColumns("method", "trials", "gap closed", "L1 to the best", "test", "L1 above the first's (95 %)", "test above the first's (95 %)");
        foreach (var outcome in outcomes)
        {
            table.AddRow(
                outcome.Method,
                outcome.Trials.ToString(CultureInfo.InvariantCulture),
                outcome.GapClosed.Average().ToString("P1", CultureInfo.InvariantCulture),
                MixMethods.Text(outcome.Distance.Average()),
                MixMethods.Text(outcome.Test.Average()),
                MixMethods.IntervalText(outcomes[0].Distance, outcome.Distance),
                MixMethods.IntervalText(outcomes[0].Test, outcome.Test));
        }

        AnsiConsole.Write(table);
    }

    private static void Print(MixtureChoice choice)
    {
        Console.Out.WriteLine(new JsonObject { ["rule"] = choice.Rule, ["measured"] = double.IsNaN(choice.Measured) ? null : choice.Measured, ["weights"] = MixMethods.Numbers(choice.Weights) }.ToJsonString());
    }
}
