using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Granary.Cli.Mixtures;
using Granary.Cli.Terminal;
using Granary.Core.Configuration;

namespace Granary.Cli.Commands;

/// <summary>`granary mix plan CONFIG`: what a search will take, before it is begun.</summary>
internal static class MixPlanCommand
{
    private const double BusyEnough = 0.9;

    internal static Command Build(TimeProvider time)
    {
        var command = new Command("plan", "Says how many proxies a search trains, on how many tokens, and how long that takes here.");
        var config = new Argument<string>("config") { Description = "The run's YAML file, with a section 'mix'." };
        var overrides = new Option<string[]>("--set") { Description = "Overrides a key. May be repeated." };
        var json = new Option<bool>("--json") { Description = "One JSON object." };
        command.Arguments.Add(config);
        command.Options.Add(overrides);
        command.Options.Add(json);
        command.SetAction(arguments => Guard.Run(() =>
        {
            var file = arguments.GetRequiredValue(config);
            var run = ConfigurationFile.Load<RunConfig>(file, arguments.GetValue(overrides) ?? []);
            if (run.Mix is not { IsSearched: true })
            {
                throw new ConfigurationException(file, ["There is no section 'mix' that searches a mixture, so there is nothing to plan. Add one; configs/climb.yaml explains it."]);
            }

            var threads = run.Training.Threads > 0 ? run.Training.Threads : Environment.ProcessorCount;
            Print(SearchPlan.Of(run, threads, time), arguments.GetValue(json));
            return ExitCodes.Done;
        }));
        return command;
    }

    private static void Print(SearchPlan plan, bool isJson)
    {
        if (isJson)
        {
            Console.Out.WriteLine(new JsonObject
            {
                ["components"] = plan.Components,
                ["trials"] = plan.Trials,
                ["rounds"] = new JsonArray([.. plan.Rounds.Select(trials => (JsonNode)trials)]),
                ["parameters"] = plan.Parameters,
                ["tokens_of_each"] = plan.TokensOfEach,
                ["tokens"] = plan.Tokens,
                ["places"] = plan.Places,
                ["efficiency"] = plan.Efficiency,
                ["seconds_of_each"] = plan.SecondsOfEach,
                ["seconds"] = plan.Seconds,
            }.ToJsonString());
            return;
        }

        Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{plan.Trials} proxies of {plan.Parameters:N0} parameters over up to {plan.Components} components, {plan.TokensOfEach:N0} tokens each, {plan.Tokens:N0} in all"));
        Console.Out.WriteLine($"{Phrases.Duration(TimeSpan.FromSeconds(plan.SecondsOfEach))} each, {plan.Places} at a time: about {Phrases.Duration(TimeSpan.FromSeconds(plan.Seconds))}, by steps timed here");
        if (plan.Efficiency < BusyEnough)
        {
            Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"rounds of {string.Join(", ", plan.Rounds)} keep {plan.Places} places busy {plan.Efficiency:P0} of the time at best; multiples of {plan.Places} would leave none waiting"));
        }
    }
}
