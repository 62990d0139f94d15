namespace Granary.Cli.Stages;

/// <summary>A stage that cannot begin, with its name.</summary>
internal sealed class StageException : Exception
{
    public StageException(string stage, string message)
        : base(message)
    {
        Stage = stage;
    }

    /// <summary>The stage that is missing or at fault.</summary>
    public string Stage { get; }
}
