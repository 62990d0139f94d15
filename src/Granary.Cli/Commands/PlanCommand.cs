using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Granary.Cli.Planning;
using Granary.Core.Configuration;
using Granary.Distributed.Planning;
using Granary.Models.Decoder;
using Granary.Models.Language;
using Granary.Training;

namespace Granary.Cli.Commands;

/// <summary>`granary plan CONFIG`: how a run can be shared over devices, what each way takes, and which is best.</summary>
internal static class PlanCommand
{
    private const string ThisMachine = "this-machine";
    private const int PretendedVocabulary = 32_000;
    private const int BarWidth = 24;

    internal static Command Build(TimeProvider time)
    {
        var command = new Command("plan", "Lays a run out over devices: memory, speed and time of each way, before it is started.");
        var config = new Argument<string>("config") { Description = "The run's YAML file." };
        var devices = new Option<int>("--devices") { Description = "Devices, a rank on each.", Required = true };
        var cluster = new Option<string>("--cluster") { Description = $"{ThisMachine}, {string.Join(", ", Clusters.Names)}, or a YAML file.", DefaultValueFactory = _ => ThisMachine };
        var overrides = new Option<string[]>("--set") { Description = "Overrides a key. May be repeated." };
        var json = new Option<bool>("--json") { Description = "One JSON object." };
        command.Arguments.Add(config);
        foreach (var option in (Option[])[devices, cluster, overrides, json])
        {
            command.Options.Add(option);
        }

        ThreadsOption.RequirePositive(devices);
        command.SetAction(arguments => Guard.Run(() =>
        {
            var file = arguments.GetRequiredValue(config);
            var run = ConfigurationFile.Load<RunConfig>(file, arguments.GetValue(overrides) ?? []);
            var ranks = arguments.GetValue(devices);
            var name = arguments.GetRequiredValue(cluster);
            var description = name == ThisMachine ? Clusters.ThisMachine(ranks, MatrixRate.Measure(time), GC.GetGCMemoryInfo().TotalAvailableMemoryBytes) : Clusters.Named(name);
            var layouts = new LayoutPlanner(run, SpecOf(run, file), run.LongestRow(), description).For(ranks);
            var choice = LayoutPlanner.Choose(layouts);
            Print(description.Name, layouts, choice, run.Training.ActivationCheckpointing == ActivationCheckpointing.Auto, arguments.GetValue(json));
            return choice is null ? ExitCodes.Failed : ExitCodes.Done;
        }));
        return command;
    }

    private static DecoderSpec SpecOf(RunConfig run, string file)
    {
        var vocabulary = run.Model.VocabSize > 0 ? run.Model.VocabSize : run.Tokenizer.VocabSize > 0 ? run.Tokenizer.VocabSize : PretendedVocabulary;
        return run.Model.SpecOf(vocabulary, run.Objective.Needs.Ahead) as DecoderSpec
            ?? throw new ConfigurationException(file, ["'model.type' is not a decoder's, whose layouts alone are known; plan a run of another model by trying it."]);
    }

    private static void Print(string cluster, IReadOnlyList<Layout> layouts, Layout? choice, bool isKeepingLeftOpen, bool isJson)
    {
        if (isJson)
        {
            Console.Out.WriteLine(new JsonObject
            {
                ["cluster"] = cluster,
                ["devices"] = layouts[0].Data * layouts[0].Sequence,
                ["layouts"] = new JsonArray([.. layouts.Select(layout => layout.ToJson())]),
                ["choice"] = choice?.ToJson(),
                ["tokens_per_second"] = choice?.TokensPerSecond,
            }.ToJsonString());
            return;
        }

        Console.Out.WriteLine($"{cluster}; predicted, not measured");
        Console.Out.WriteLine($"  {"data x sequence",-16}{"sharding",-11}{"rows",5}{"GB a rank",11}{"the first",11}{"tokens/s",13}{"run",12}");
        var fastest = choice?.TokensPerSecond ?? 1;
        foreach (var layout in layouts)
        {
            Console.Out.WriteLine(Line(layout, layout == choice, fastest));
        }

        foreach (var line in CheckpointingLines(choice, isKeepingLeftOpen))
        {
            Console.Out.WriteLine(line);
        }

        foreach (var reason in choice?.Attention?.Reasons ?? [])
        {
            Console.Out.WriteLine($"  {reason}");
        }
    }

    // What each policy takes in the layout that was chosen, and which it is.
    private static IEnumerable<string> CheckpointingLines(Layout? choice, bool isLeftOpen)
    {
        return (choice?.Checkpointings ?? []).Select(cost =>
        {
            var isTaken = cost.Policy == choice!.Checkpointing;
            var why = isTaken && isLeftOpen ? ": auto takes it, the cheapest that fits" : cost.Fits ? string.Empty : ": does not fit";
            var again = cost.ExtraShare > 0 ? $", {cost.ExtraShare * 100:F0} % more operations" : string.Empty;
            return string.Create(
                CultureInfo.InvariantCulture,
                $"{(isTaken ? '*' : ' ')} activation_checkpointing {cost.Name,-10}{cost.Bytes.Total / 1e9,6:F2} GB a rank, {cost.Bytes.FirstRankTotal / 1e9:F2} the first{again}{why}");
        });
    }

    private static string Line(Layout layout, bool isChosen, double fastest)
    {
        var head = $"{(isChosen ? '*' : ' ')} {$"{layout.Data} x {layout.Sequence}",-16}{layout.Sharding.ToString().ToLowerInvariant(),-11}";
        if (layout.Reason is not null)
        {
            return $"{head}  out: {layout.Reason}";
        }

        var run = layout.RunSeconds is { } seconds ? TimeSpan.FromSeconds(Math.Round(seconds)).ToString("g", CultureInfo.InvariantCulture) : "?";
        var bar = new string('█', (int)Math.Round(BarWidth * layout.TokensPerSecond / fastest));
        return string.Create(CultureInfo.InvariantCulture, $"{head}{layout.RowsPerMicrobatch,5}{layout.Bytes!.Total / 1e9,11:F2}{layout.Bytes.FirstRankTotal / 1e9,11:F2}{layout.TokensPerSecond,13:N0}{run,12}  {bar}");
    }
}
