namespace Granary.Cluster.Submission;

/// <summary>How a program ended and what it wrote.</summary>
/// <param name="ExitCode">What it ended with; null where it did not end in time and was killed.</param>
/// <param name="Output">What it wrote.</param>
/// <param name="Error">What it wrote to the error output.</param>
internal sealed record ProgramResult(int? ExitCode, string Output, string Error)
{
    /// <summary>Whether it did what it was asked for.</summary>
    public bool IsDone => ExitCode == 0;

    /// <summary>The output's lines.</summary>
    public string[] Lines => Output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    /// <summary>What went wrong, in the program's last words.</summary>
    public string Complaint => ExitCode is null
        ? "no answer in time"
        : Error.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).LastOrDefault() ?? $"exit code {ExitCode}";
}
