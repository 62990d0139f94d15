using System.CommandLine;
using System.Text.Json.Nodes;
using Granary.Cli.Benchmarks;
using Granary.Cli.Benchmarks.Sequence;
using Granary.Core.Configuration;
using Granary.Distributed.Planning;
using Granary.Distributed.Sequence;

namespace Granary.Cli.Commands;

/// <summary>`granary bench sequence`: what attention over ranks takes by each schedule, measured in turns or on paper.</summary>
internal static class BenchSequenceCommand
{
    private const string AllSchedules = "all";
    private const int FloatBytes = 4;

    internal static Command Build(TimeProvider time)
    {
        var command = new Command("sequence", "Attention over ranks by each schedule.");
        var ranks = new Option<int>("--ranks") { Description = "Ranks that share a row.", Required = true };
        var heads = new Option<int>("--heads") { Description = "Query heads.", DefaultValueFactory = _ => 32 };
        var keyHeads = new Option<int?>("--kv-heads") { Description = "Key heads. Default: as many as query heads." };
        var headDim = new Option<int>("--head-dim") { Description = "Dims of a head.", DefaultValueFactory = _ => 128 };
        var length = new Option<int>("--length") { Description = "Positions of a row, over all ranks.", Required = true };
        var batch = new Option<int>("--batch") { Description = "Rows.", DefaultValueFactory = _ => 1 };
        var schedule = new Option<string>("--schedule") { Description = "A schedule, or 'forward/backward', or 'auto', or 'all', or several with commas between them.", DefaultValueFactory = _ => AllSchedules };
        var full = new Option<bool>("--full") { Description = "Every query sees every key; else a causal mask." };
        var bytes = new Option<int>("--element-bytes") { Description = "With --simulate: bytes of an element on the wire, gradients too; what is measured has 4.", DefaultValueFactory = _ => 2 }.AcceptOnlyFromAmong("2", "4");
        var simulate = new Option<bool>("--simulate") { Description = "On paper, by the cost model, for any number of ranks." };
        var cluster = new Option<string>("--cluster") { Description = $"With --simulate: {string.Join(", ", Clusters.Names)}, or a YAML file.", DefaultValueFactory = _ => Clusters.Names[0] };
        var rounds = new Option<int>("--rounds") { Description = "Timed rounds, in which the schedules take turns.", DefaultValueFactory = _ => 5 };
        var threads = new Option<int>("--threads") { Description = "Threads of a rank.", DefaultValueFactory = _ => 1 };
        var pretended = new Option<double?>("--block-ms") { Description = "Pretends a device that needs so many milliseconds forward for all pairs of a rank's queries and keys, by sleeping; 0 leaves the links alone. Results are then not compared." };
        var json = new Option<bool>("--json") { Description = "With --simulate one JSON object, else one for each schedule." };
        foreach (var option in (Option[])[ranks, heads, keyHeads, headDim, length, batch, schedule, full, simulate, bytes, cluster, rounds, threads, pretended, json])
        {
            command.Options.Add(option);
        }

        foreach (var count in (Option<int>[])[ranks, heads, headDim, length, batch, rounds, threads])
        {
            ThreadsOption.RequirePositive(count);
        }

        command.Validators.Add(result =>
        {
            var isSimulated = result.GetValue(simulate);
            foreach (var option in ((Option[])(isSimulated ? [rounds, threads, pretended] : [bytes, cluster])).Where(option => result.GetResult(option) is { Implicit: false }))
            {
                result.AddError($"'{option.Name}' is {(isSimulated ? "not for --simulate" : "for --simulate only")}; leave it out.");
            }
        });
        command.SetAction(arguments => Guard.Run(() =>
        {
            var (queryHeads, groups) = (arguments.GetValue(heads), arguments.GetValue(keyHeads) ?? arguments.GetValue(heads));
            var sizes = new AttentionSizes(arguments.GetValue(batch), queryHeads, groups, arguments.GetValue(headDim), arguments.GetValue(bytes), arguments.GetValue(bytes));
            var problem = new SequenceProblem(arguments.GetValue(ranks), arguments.GetValue(length), !arguments.GetValue(full), sizes);
            var wanted = arguments.GetRequiredValue(schedule);
            if (!arguments.GetValue(simulate))
            {
                problem = problem with { Sizes = sizes with { ElementBytes = FloatBytes, GradientBytes = FloatBytes } };
                IReadOnlyList<string> names = wanted == AllSchedules ? [.. SequenceScheduleNames.All.Where(name => problem.WhyNot(name) is null), SequenceScheduleNames.Auto] : wanted.Split(',');
                names.ToList().ForEach(name => Check(problem, name));
                return new SequenceRun(problem, names, arguments.GetValue(threads), arguments.GetValue(rounds), arguments.GetValue(pretended), arguments.GetValue(json)).Run(Environment.GetCommandLineArgs()[1..], time);
            }

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
