using System.Text.Json.Nodes;
using Granary.Distributed.Planning;
using Granary.Distributed.Sequence;

namespace Granary.Cli.Benchmarks;

/// <summary>Attention over ranks on paper: each schedule's predicted times and bytes, as `bench sequence --simulate` prints them.</summary>
internal sealed class SequenceSimulation
{
    private readonly SequenceProblem _problem;
    private readonly ClusterDescription _cluster;
    private readonly SequencePlanner _planner;

    public SequenceSimulation(SequenceProblem problem, ClusterDescription cluster)
    {
        _problem = problem;
        _cluster = cluster;
        _planner = new SequencePlanner(problem, cluster);
    }

    /// <summary>One schedule, or what the planner takes for auto.</summary>
    public JsonObject One(string wanted)
    {
        var result = Facts();
        foreach (var (name, value) in Costs(wanted))
        {
            result[name] = value?.DeepClone();
        }

        return result;
    }

    /// <summary>All schedules, those that cannot serve with the reason, and what the planner takes.</summary>
    public JsonObject All()
    {
        var result = Facts();
        var rows = SequenceScheduleNames.All.Select(name => _problem.WhyNot(name) is { } reason
            ? new JsonObject { ["schedule"] = name, ["reason"] = reason }
            : Costs(name));
        result["schedules"] = new JsonArray([.. rows]);
        result["auto"] = Costs(SequenceScheduleNames.Auto);
        return result;
    }

    private JsonObject Facts()
    {
        return new JsonObject
        {
            ["cluster"] = _cluster.Name,
            ["ranks"] = _problem.Ranks,
            ["heads"] = _problem.Sizes.Heads,
            ["kv_heads"] = _problem.Sizes.KeyHeads,
            ["head_dim"] = _problem.Sizes.HeadDim,
            ["length"] = _problem.Length,
            ["batch"] = _problem.Sizes.Batch,
            ["causal"] = _problem.IsCausal,
            ["simulated"] = true,
        };
    }

    private JsonObject Costs(string wanted)
    {
        var plan = _planner.Plan(wanted);
        var costs = new JsonObject { ["schedule"] = plan.Forward == plan.Backward ? plan.Forward : $"{plan.Forward}{SequenceScheduleNames.Separator}{plan.Backward}" };
        foreach (var (direction, cost) in new[] { ("forward", plan.ForwardCost), ("backward", plan.BackwardCost) })
        {
            costs[$"{direction}_milliseconds"] = 1e3 * cost.Seconds;
            costs[$"{direction}_compute_milliseconds"] = 1e3 * cost.ComputeSeconds;
            costs[$"{direction}_bytes_per_rank"] = (double)cost.BytesSent;
            costs[$"{direction}_buffer_bytes"] = (double)cost.BufferBytes;
            costs[$"{direction}_bound"] = cost.Bound;
        }

        if (wanted == SequenceScheduleNames.Auto)
        {
            costs["reasons"] = new JsonArray([.. plan.Reasons.Select(reason => JsonValue.Create(reason))]);
        }

        return costs;
    }
}
