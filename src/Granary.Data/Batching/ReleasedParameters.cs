namespace Granary.Data.Batching;

/// <summary>The parameters of a run of the paper's released code, buckets from the shortest sequences to the longest.</summary>
public sealed record ReleasedParameters
{
    /// <summary>Tokens of a cycle; that code's --train-num-samples.</summary>
    public required long TokensPerCycle { get; init; }

    /// <summary>Sequences of each bucket in a cycle; that code's --source-num-seq-per-epoch.</summary>
    public required IReadOnlyList<long> SequencesPerCycle { get; init; }

    /// <summary>With what weight each bucket is drawn, odds times tokens; that code's --train-data-mix-weights.</summary>
    public required IReadOnlyList<long> Weights { get; init; }

    /// <summary>Whether the cycles have exactly the tokens that were asked for.</summary>
    public required bool IsExact { get; init; }
}
