namespace Granary.Cluster.Submission;

/// <summary>A run that could not be handed over, found or ended where it is to run.</summary>
public sealed class SubmissionException : Exception
{
    /// <summary>Creates the exception for a run.</summary>
    public SubmissionException(string run, string message, bool isUnknown = false)
        : base(message)
    {
        Run = run;
        IsUnknown = isUnknown;
    }

    /// <summary>The run's name.</summary>
    public string Run { get; }

    /// <summary>Whether it is unknown if the job was taken: it must not be handed in again before that is known.</summary>
    public bool IsUnknown { get; }
}
