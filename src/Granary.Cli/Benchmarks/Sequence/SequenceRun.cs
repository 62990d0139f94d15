using System.Globalization;
using System.Text.Json.Nodes;
using Granary.Cli.Commands;
using Granary.Cli.Ranks;
using Granary.Core.Configuration;
using Granary.Distributed.Planning;
using Granary.Distributed.Ranks;
using Granary.Distributed.Sequence;
using Granary.Distributed.Sequence.Blocks;
using Granary.Torch;
using Granary.Torch.Distributed;

namespace Granary.Cli.Benchmarks.Sequence;

/// <summary>`granary bench sequence` on ranks that are there: starts them, or is one of them where a launcher has said so.</summary>
/// <param name="Problem">What is timed.</param>
/// <param name="Schedules">The choices that take turns.</param>
/// <param name="Threads">Threads of a rank.</param>
/// <param name="Rounds">Timed rounds.</param>
/// <param name="BlockMilliseconds">What a pretended device needs for all pairs of one rank's queries and keys; null computes on this machine.</param>
/// <param name="IsJson">A JSON object for each choice.</param>
internal sealed record SequenceRun(SequenceProblem Problem, IReadOnlyList<string> Schedules, int Threads, int Rounds, double? BlockMilliseconds, bool IsJson)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    /// <summary>Runs; <paramref name="arguments"/> are this process's own, for the ranks it starts.</summary>
    internal int Run(IReadOnlyList<string> arguments, TimeProvider time)
    {
        var environment = RankEnvironment.Read(LocalMeeting.Variables());
        if (!environment.IsOneOfMany)
        {
            return LocalRanks.Run(Problem.Ranks, arguments, Threads);
        }

        if (environment.Size != Problem.Ranks)
        {
            throw new ConfigurationException("bench sequence", [$"'--ranks' is '{Problem.Ranks}' but this process is {environment}. Give the number that was started."]);
        }

        torch.set_num_threads(Threads);
        using var meeting = Rendezvous.Join(
            new RendezvousOptions { Rank = environment.Rank, Size = environment.Size, Address = environment.MasterAddress, Port = environment.MasterPort, Timeout = Patience }, time);
        try
        {
            Measure(meeting.World, time);
            return ExitCodes.Done;
        }
        catch (Exception exception)
        {
            meeting.Fail(exception); // else the others would see only that a connection is closed
            throw;
        }
    }

    private void Measure(ProcessGroup world, TimeProvider time)
    {
        var pairs = (double)Problem.Sizes.Batch * Problem.Sizes.Heads * Problem.Length / world.size * Problem.Length / world.size;
        using var pretended = BlockMilliseconds is { } milliseconds ? new PretendedBlocks(milliseconds / 1e3 / pairs, time) : null;
        var benchmark = new SequenceBenchmark(world, Problem, (IBlockAttention?)pretended ?? new FusedBlockAttention(), time);
        var contenders = Schedules.Select(benchmark.Contender).ToList();
        foreach (var reason in contenders.SelectMany(contender => contender.Plan?.Reasons ?? []).Where(_ => world.rank == 0 && !IsJson))
        {
            Console.Error.WriteLine(reason);
        }

        benchmark.Run(contenders, Rounds, round => Progress(world, round));
        foreach (var contender in contenders)
        {
            if (pretended is null)
            {
                benchmark.Compare(contender);
            }

            var bytes = BytesOfAll(world, contender);
            if (world.rank == 0)
            {
                Console.Out.WriteLine(IsJson ? Json(contender, bytes, world.size).ToJsonString() : Sentence(contender, bytes));
            }
        }
    }

    private void Progress(ProcessGroup world, int round)
    {
        if (world.rank == 0 && !IsJson)
        {
            Console.Error.WriteLine($"round {round} of {Rounds}");
        }
    }

    private static List<(long Forward, long Backward)> BytesOfAll(ProcessGroup world, SequenceContender contender)
    {
        using var scope = torch.NewDisposeScope();
        using var own = torch.tensor(new[] { contender.BytesSent.Forward, contender.BytesSent.Backward });
        using var all = torch.zeros([2L * world.size], ScalarType.Int64);
        world.all_gather_into_tensor(all, own).wait();
        var bytes = all.data<long>().ToArray();
        return [.. Enumerable.Range(0, world.size).Select(rank => (bytes[2 * rank], bytes[(2 * rank) + 1]))];
    }

    private JsonObject Json(SequenceContender contender, IReadOnlyList<(long Forward, long Backward)> bytes, int ranks)
    {
        var json = new JsonObject
        {
            ["schedule"] = contender.Name,
            ["ranks"] = ranks,
            ["batch"] = Problem.Sizes.Batch,
            ["heads"] = Problem.Sizes.Heads,
            ["kv_heads"] = Problem.Sizes.KeyHeads,
            ["head_dim"] = Problem.Sizes.HeadDim,
            ["length"] = Problem.Length,
            ["is_causal"] = Problem.IsCausal,
            ["block_milliseconds"] = BlockMilliseconds,
            ["forward_milliseconds"] = 1e3 * Median.Of(contender.ForwardSeconds),
            ["backward_milliseconds"] = 1e3 * Median.Of(contender.BackwardSeconds),
            ["forward_rounds"] = new JsonArray([.. contender.ForwardSeconds.Select(seconds => (JsonNode)(1e3 * seconds))]),
            ["backward_rounds"] = new JsonArray([.. contender.BackwardSeconds.Select(seconds => (JsonNode)(1e3 * seconds))]),
            ["forward_bytes_sent"] = new JsonArray([.. bytes.Select(rank => (JsonNode)rank.Forward)]),
            ["backward_bytes_sent"] = new JsonArray([.. bytes.Select(rank => (JsonNode)rank.Backward)]),
            ["max_error"] = contender.MaxError,
            ["threads"] = Threads,
        };
        if (contender.Plan is { } plan)
        {
            json["taken"] = Taken(plan);
            json["predicted_forward_milliseconds"] = 1e3 * plan.ForwardCost.Seconds;
            json["predicted_backward_milliseconds"] = 1e3 * plan.BackwardCost.Seconds;
            json["reasons"] = new JsonArray([.. plan.Reasons.Select(reason => JsonValue.Create(reason))]);
        }

        return json;
    }

    private static string Taken(SequencePlan plan) => $"{plan.Forward}{SequenceScheduleNames.Separator}{plan.Backward}";

    private static string Sentence(SequenceContender contender, IReadOnlyList<(long Forward, long Backward)> bytes)
    {
        var name = contender.Plan is { } plan ? $"{contender.Name}: {Taken(plan)}" : contender.Name;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{name,-30} forward {Range(contender.ForwardSeconds)} ms, backward {Range(contender.BackwardSeconds)} ms, at most {bytes.Max(rank => rank.Forward) / 1e6:F1} and {bytes.Max(rank => rank.Backward) / 1e6:F1} MB sent by a rank{(contender.MaxError is { } error ? $", error {error:E1}" : string.Empty)}");
    }

    private static string Range(List<double> seconds)
    {
        return string.Create(CultureInfo.InvariantCulture, $"{1e3 * Median.Of(seconds):F1} ({1e3 * seconds.Min():F1}..{1e3 * seconds.Max():F1})");
    }
}
