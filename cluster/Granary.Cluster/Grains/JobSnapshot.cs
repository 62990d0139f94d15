namespace Granary.Cluster.Grains;

/// <summary>A job as it stands.</summary>
public sealed record JobSnapshot
{
    /// <summary>The id: the key it was handed in with.</summary>
    public required string Id { get; init; }

    /// <summary>The run's name in its configuration.</summary>
    public required string Name { get; init; }

    /// <summary>The command of `granary` that it is.</summary>
    public required string Command { get; init; }

    /// <summary>Where it stands.</summary>
    public required JobStatus Status { get; init; }

    /// <summary>Its priority.</summary>
    public int Priority { get; init; }

    /// <summary>Who handed it in: the name of a token.</summary>
    public required string Submitter { get; init; }

    /// <summary>When, by the coordinator's clock.</summary>
    public required DateTimeOffset Submitted { get; init; }

    /// <summary>When it ended.</summary>
    public DateTimeOffset? Ended { get; init; }

    /// <summary>How often its own process was placed.</summary>
    public int Attempts { get; init; }

    /// <summary>The node where it runs, or ran last.</summary>
    public string? Node { get; init; }

    /// <summary>What it waits for that no node could give, as a sentence: nodes may join that can. Null where there is nothing like that.</summary>
    public string? Waits { get; init; }

    /// <summary>Why it failed.</summary>
    public string? Failure { get; init; }
}
