namespace Granary.Training;

/// <summary>A run that cannot go on, with the step it came to.</summary>
public sealed class TrainingException : Exception
{
    /// <summary>Creates the exception.</summary>
    public TrainingException(long step, string message)
        : base(message)
    {
        Step = step;
    }

    /// <summary>The step, counted from 0.</summary>
    public long Step { get; }
}
