using System.CommandLine;
using Granary.Cli.Benchmarks.Sequence;
using Granary.Distributed.Sequence;

namespace Granary.Cli.Commands;

/// <summary>`granary bench sequence`: how long attention takes over ranks that share its positions.</summary>
internal static class BenchSequenceCommand
{
    internal static Command Build(TimeProvider time)
    {
        var command = new Command("sequence", "Times attention over ranks that share the positions of its rows, forward and backward, schedules in turns.");
        var ranks = Count("--ranks", "Ranks started on this machine; as one of torchrun's or srun's this process is a rank by itself.", 4);
        var heads = Count("--heads", "Query heads.", 8);
        var keyHeads = new Option<int?>("--kv-heads") { Description = "Key heads; as many as query heads where not given." };
        var headDim = Count("--head-dim", "Dims of a head.", 64);
        var length = Count("--length", "Positions of a row.", 4096);
        var batch = Count("--batch", "Rows.", 1);
        var schedule = new Option<string[]>("--schedule") { Description = "What takes turns; a forward and a backward schedule may be named apart, 'token-ring/burst'.", DefaultValueFactory = _ => [SequenceScheduleNames.Ring, SequenceScheduleNames.TokenRing], AllowMultipleArgumentsPerToken = true };
        var full = new Option<bool>("--full") { Description = "No causal mask." };
        var pretend = new Option<double?>("--block-ms") { Description = "Pretends a device that needs so many milliseconds for all pairs of a rank's queries and keys forward; 0 leaves the links alone. Results are then not compared." };
        var rounds = Count("--rounds", "Timed rounds.", 5);
        var threads = Count("--threads", "Threads of a rank.", 1);
        var json = new Option<bool>("--json") { Description = "One JSON object for each schedule." };
        foreach (var option in (Option[])[ranks, heads, keyHeads, headDim, length, batch, schedule, full, pretend, rounds, threads, json])
        {
            command.Options.Add(option);
        }

        schedule.Validators.Add(result =>
        {
            foreach (var token in result.Tokens.Where(token => token.Value == SequenceScheduleNames.Auto || !SequenceScheduleNames.IsKnown(token.Value)))
            {
                result.AddError($"No sequence schedule is named '{token.Value}'. Known: '{string.Join("', '", SequenceScheduleNames.All)}'.");
            }
        });
        command.SetAction(arguments => Guard.Run(() =>
        {
            var queries = arguments.GetValue(heads);
            var problem = new SequenceProblem(
                arguments.GetValue(batch), queries, arguments.GetValue(keyHeads) ?? queries, arguments.GetValue(headDim), arguments.GetValue(length), !arguments.GetValue(full));
            var run = new SequenceRun(
                problem, arguments.GetRequiredValue(schedule), arguments.GetValue(ranks), arguments.GetValue(threads), arguments.GetValue(rounds), arguments.GetValue(pretend), arguments.GetValue(json));
            return run.Run(Environment.GetCommandLineArgs()[1..], time);
        }));
        return command;
    }

    private static Option<int> Count(string name, string description, int value)
    {
        var option = new Option<int>(name) { Description = $"{description} Default {value}.", DefaultValueFactory = _ => value };
        ThreadsOption.RequirePositive(option);
        return option;
    }
}
