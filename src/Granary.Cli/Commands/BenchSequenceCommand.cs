using System.CommandLine;
using System.Text.Json.Nodes;
using Granary.Cli.Benchmarks;
using Granary.Core.Configuration;
using Granary.Distributed.Planning;
using Granary.Distributed.Sequence;

namespace Granary.Cli.Commands;

/// <summary>`granary bench sequence`: what attention over ranks takes by each schedule.</summary>
internal static class BenchSequenceCommand
{
    private const string AllSchedules = "all";

    internal static Command Build()
    {
        var command = new Command("sequence", "Attention over ranks by each schedule.");
        var ranks = new Option<int>("--ranks") { Description = "Ranks that share a row.", Required = true };
        var heads = new Option<int>("--heads") { Description = "Query heads.", DefaultValueFactory = _ => 32 };
        var keyHeads = new Option<int?>("--kv-heads") { Description = "Key heads. Default: as many as query heads." };
        var headDim = new Option<int>("--head-dim") { Description = "Dims of a head.", DefaultValueFactory = _ => 128 };
        var length = new Option<int>("--length") { Description = "Positions of a row, over all ranks.", Required = true };
        var batch = new Option<int>("--batch") { Description = "Rows.", DefaultValueFactory = _ => 1 };
        var schedule = new Option<string>("--schedule") { Description = "A schedule, or 'forward/backward', or 'auto', or 'all'.", DefaultValueFactory = _ => AllSchedules };
        var full = new Option<bool>("--full") { Description = "Every query sees every key; else a causal mask." };
        var bytes = new Option<int>("--element-bytes") { Description = "Bytes of an element on the wire, gradients too.", DefaultValueFactory = _ => 2 }.AcceptOnlyFromAmong("2", "4");
        var simulate = new Option<bool>("--simulate") { Description = "On paper, by the cost model, for any number of ranks." };
        var cluster = new Option<string>("--cluster") { Description = $"With --simulate: {string.Join(", ", Clusters.Names)}, or a YAML file.", DefaultValueFactory = _ => Clusters.Names[0] };
        var json = new Option<bool>("--json") { Description = "One JSON object." };
        foreach (var option in (Option[])[ranks, heads, keyHeads, headDim, length, batch, schedule, full, bytes, simulate, cluster, json])
        {
            command.Options.Add(option);
        }

        foreach (var count in (Option<int>[])[ranks, heads, headDim, length, batch])
        {
            ThreadsOption.RequirePositive(count);
        }

        command.Validators.Add(result =>
        {
            if (!result.GetValue(simulate))
            {
                result.AddError("'bench sequence' needs --simulate; give it.");
            }
        });
        command.SetAction(arguments => Guard.Run(() =>
        {
            var (queryHeads, groups) = (arguments.GetValue(heads), arguments.GetValue(keyHeads) ?? arguments.GetValue(heads));
            var sizes = new AttentionSizes(arguments.GetValue(batch), queryHeads, groups, arguments.GetValue(headDim), arguments.GetValue(bytes), arguments.GetValue(bytes));
            var problem = new SequenceProblem(arguments.GetValue(ranks), arguments.GetValue(length), !arguments.GetValue(full), sizes);
            var wanted = arguments.GetRequiredValue(schedule);
            Check(problem, wanted);
            var simulation = new SequenceSimulation(problem, Clusters.Named(arguments.GetRequiredValue(cluster)));
            Print(wanted == AllSchedules ? simulation.All() : simulation.One(wanted), arguments.GetValue(json));
            return ExitCodes.Done;
        }));
        return command;
    }

    private static void Check(SequenceProblem problem, string wanted)
    {
        var errors = new ConfigurationErrors();
        var sizes = problem.Sizes;
        errors.Require(sizes.KeyHeads > 0 && sizes.Heads % sizes.KeyHeads == 0, "--kv-heads", sizes.KeyHeads, $"a divisor of --heads ({sizes.Heads})");
        errors.Require(
            wanted == AllSchedules || SequenceScheduleNames.IsKnown(wanted), "--schedule", wanted, $"'{AllSchedules}', '{SequenceScheduleNames.Auto}', or of '{string.Join("', '", SequenceScheduleNames.All)}'");
        errors.ThrowIfAny("bench sequence");
        if (wanted is AllSchedules or SequenceScheduleNames.Auto)
        {
            return;
        }

        var (forward, backward) = SequenceScheduleNames.Split(wanted);
        if ((problem.WhyNot(forward) ?? problem.WhyNot(backward)) is { } reason)
        {
            throw new ConfigurationException("bench sequence", [$"'--schedule' is '{wanted}', which cannot serve: {reason}."]);
        }
    }

    private static void Print(JsonObject result, bool isJson)
    {
        if (isJson)
        {
            Console.Out.WriteLine(result.ToJsonString());
            return;
        }

        foreach (var line in SequenceTable.Lines(result))
        {
            Console.Out.WriteLine(line);
        }
    }
}
