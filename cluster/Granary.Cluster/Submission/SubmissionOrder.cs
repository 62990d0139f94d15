namespace Granary.Cluster.Submission;

/// <summary>A run to be handed over.</summary>
public sealed record SubmissionOrder
{
    /// <summary>The run's name.</summary>
    public required string Name { get; init; }

    /// <summary>Where to: local, slurm, kubernetes, or a coordinator's address.</summary>
    public required string To { get; init; }

    /// <summary>The folder of runs, as a full path.</summary>
    public required string Runs { get; init; }

    /// <summary>The folder that the configuration's relative paths begin at, as a full path.</summary>
    public required string WorkingFolder { get; init; }

    /// <summary>The resolved configuration.</summary>
    public required string Configuration { get; init; }

    /// <summary>The command of `granary` that does all stages before training.</summary>
    public required string PreparationCommand { get; init; }

    /// <summary>This program's file and what comes before its own arguments.</summary>
    public required IReadOnlyList<string> Program { get; init; }

    /// <summary>How it is handed over.</summary>
    public SubmissionConfig Settings { get; init; } = new();

    /// <summary>What makes it the same job to a coordinator; null: a hash of name and configuration.</summary>
    public string? Key { get; init; }

    /// <summary>The run's folder.</summary>
    public string RunFolder => Path.Combine(Runs, Name);

    /// <summary>The configuration's file in the run's folder.</summary>
    public string ConfigPath => Path.Combine(RunFolder, "config.yaml");
}
