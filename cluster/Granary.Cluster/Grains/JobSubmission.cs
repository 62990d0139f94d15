namespace Granary.Cluster.Grains;

/// <summary>A job as it is handed in.</summary>
public sealed record JobSubmission
{
    /// <summary>The commands that a job may be.</summary>
    public static IReadOnlyList<string> Commands { get; } = ["run", "corpus", "decompose", "mix", "train"];

    /// <summary>What makes it the same job when it is handed in again: one key, one job. Letters, digits, '.', '_' and '-'; at most 64.</summary>
    public required string Key { get; init; }

    /// <summary>The command of `granary`, one of <see cref="Commands"/>.</summary>
    public string Command { get; init; } = "run";

    /// <summary>The configuration, as YAML.</summary>
    public required string Configuration { get; init; }

    /// <summary>The higher, the sooner; from -100 to 100. Default 0.</summary>
    public int Priority { get; init; }
}
