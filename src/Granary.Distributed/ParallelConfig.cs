using Granary.Core.Configuration;
using Granary.Distributed.Sequence;

namespace Granary.Distributed;

/// <summary>How a run's ranks share the work; with one rank nothing of it counts.</summary>
public sealed record ParallelConfig : IConfigSection
{
    /// <summary>Ranks that share the positions of a row; they divide all ranks, the rest share the rows. Default 1: rows are not cut.</summary>
    public int SequenceRanks { get; init; } = 1;

    /// <summary>
    /// Who sends what to whom in attention over ranks that share a row: a schedule's name, or "forward/backward" for one of
    /// each. Default auto: chosen by its cost.
    /// </summary>
    public string SequenceParallel { get; init; } = SequenceScheduleNames.Auto;

    /// <summary>
    /// What q, k, v and the gradient of out travel as in attention over ranks. Default as-is. Sums, partial outs and gradients
    /// travel as they are.
    /// </summary>
    public SequenceWire SequenceWire { get; init; } = SequenceWire.AsIs;

    /// <summary>
    /// What of the training state each rank keeps only its part of. Default optimizer: it sends as many bytes as none, holds less, and
    /// no rank repeats the update of another.
    /// </summary>
    public Sharding Sharding { get; init; } = Sharding.Optimizer;

    /// <summary>How long a rank waits for another before it gives up. Default 5 minutes.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>
    /// Whether ranks compare type and shape of every exchange before it is made. Default false: it costs a question to the first rank
    /// for each, and finds ranks that do not make the same calls.
    /// </summary>
    public bool CompareCalls { get; init; }

    /// <inheritdoc/>
    public void Validate(string path, ConfigurationErrors errors)
    {
        errors.Require(SequenceRanks > 0, $"{path}.sequence_ranks", SequenceRanks, "greater than 0");
        errors.Require(
            SequenceScheduleNames.IsKnown(SequenceParallel),
            $"{path}.sequence_parallel",
            SequenceParallel,
            $"'{SequenceScheduleNames.Auto}', one of '{string.Join("', '", SequenceScheduleNames.All)}', or two of them as 'forward{SequenceScheduleNames.Separator}backward'");
        errors.Require(Timeout > TimeSpan.Zero, $"{path}.timeout", Timeout, "greater than 0");
    }
}
