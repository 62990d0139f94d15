using System.Text.Json.Nodes;
using Granary.Distributed;
using Granary.Distributed.Planning;
using Granary.Models.Language;

namespace Granary.Cli.Planning;

/// <summary>A way to share a run over ranks, and what it is predicted to take; with a reason it cannot be taken.</summary>
/// <param name="Data">Ranks that have other rows.</param>
/// <param name="Sequence">Ranks that have other positions of the same rows.</param>
/// <param name="Sharding">What each rank keeps only its part of.</param>
internal sealed record Layout(int Data, int Sequence, Sharding Sharding)
{
    /// <summary>Rows that go through the model at once.</summary>
    internal int RowsPerMicrobatch { get; init; }

    /// <summary>What a rank holds; null where that does not matter.</summary>
    internal RankBytes? Bytes { get; init; }

    /// <summary>What blocks keep for backward.</summary>
    internal ActivationCheckpointing Checkpointing { get; init; }

    /// <summary>What each of the policies takes with these rows, the cheapest first; empty where that does not matter.</summary>
    internal IReadOnlyList<CheckpointingCost> Checkpointings { get; init; } = [];

    /// <summary>The schedules of attention; null with one sequence rank.</summary>
    internal SequencePlan? Attention { get; init; }

    internal double StepSeconds { get; init; }

    internal double TokensPerSecond { get; init; }

    internal double? RunSeconds { get; init; }

    /// <summary>Why it cannot be taken.</summary>
    internal string? Reason { get; init; }

    internal JsonObject ToJson()
    {
        var json = new JsonObject
        {
            ["data"] = Data,
            ["sequence"] = Sequence,
            ["sharding"] = Sharding.ToString().ToLowerInvariant(),
            ["feasible"] = Reason is null,
        };
        if (Reason is not null)
        {
            json["reason"] = Reason;
        }

        if (Bytes is not null)
        {
            json["rows_per_microbatch"] = RowsPerMicrobatch;
            json["bytes_per_rank"] = Bytes.ToJson();
            json["activation_checkpointing"] = Checkpointing.ToString().ToLowerInvariant();
            json["checkpointings"] = new JsonArray([.. Checkpointings.Select(cost => cost.ToJson())]);
        }

        if (Reason is null)
        {
            json["sequence_parallel"] = Attention is null ? null : $"{Attention.Forward}/{Attention.Backward}";
            json["step_seconds"] = StepSeconds;
            json["tokens_per_second"] = TokensPerSecond;
            json["run_seconds"] = RunSeconds;
        }

        return json;
    }
}
