namespace Granary.Cluster.Submission;

/// <summary>A part of a submitted job: what its scheduler knows as one job.</summary>
public sealed record SubmittedPart
{
    /// <summary>What it does: `prepare`, `train` or, for both, `run`.</summary>
    public required string Name { get; init; }

    /// <summary>Its id where it runs; null while it is not known whether it was taken.</summary>
    public string? Id { get; init; }

    /// <summary>How it ended, once that was seen; schedulers forget.</summary>
    public PartReport? Ended { get; init; }
}
