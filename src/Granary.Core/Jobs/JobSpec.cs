namespace Granary.Core.Jobs;

/// <summary>One call of `granary`, to be run in a process of its own. What it needs and makes lies in files.</summary>
public sealed record JobSpec
{
    /// <summary>Names the job in messages and logs; the same job has the same name in every attempt.</summary>
    public required string Id { get; init; }

    /// <summary>What stands behind `granary`.</summary>
    public required IReadOnlyList<string> Arguments { get; init; }

    /// <summary>The file that takes what the job prints.</summary>
    public required string LogPath { get; init; }

    /// <summary>Threads that the job computes with. Default 1.</summary>
    public int Threads { get; init; } = 1;

    /// <summary>Variables of the job's environment, beside those of who runs it.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>The folder that the job runs in. Default null: that of who runs it.</summary>
    public string? WorkingFolder { get; init; }

    /// <summary>How long the job may take to end once it is asked to; then it is killed. Default 10 s, to save and say what happened.</summary>
    public TimeSpan StopTime { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Asks the job to save and end, as at Ctrl-C, for which it may take as long as it needs; how it ends is its outcome.</summary>
    public CancellationToken Interruption { get; init; }

    /// <summary>Is called when the job gets its place, once it has waited for it. Default null: nobody is.</summary>
    public Action? Begun { get; init; }

    /// <summary>Is told every line that the job prints. Default null: nobody is.</summary>
    public Action<string>? Said { get; init; }
}
