namespace Granary.Core.Jobs;

/// <summary>How a job ended.</summary>
/// <param name="ExitCode">What the process ended with; 128 + the signal's number where a signal ended it.</param>
/// <param name="Message">The last lines it printed where it failed, else empty.</param>
public sealed record JobOutcome(int ExitCode, string Message)
{
    /// <summary>Whether it did what it was for.</summary>
    public bool IsDone => ExitCode == 0;
}
