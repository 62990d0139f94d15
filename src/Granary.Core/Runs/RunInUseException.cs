namespace Granary.Core.Runs;

/// <summary>A run's folder that another process writes to.</summary>
public sealed class RunInUseException : Exception
{
    /// <summary>Creates the exception; <paramref name="owner"/> says who uses the run, as far as is known.</summary>
    public RunInUseException(string path, string owner, Exception? inner = null)
        : base($"The run '{path}' is in use by {owner}. Wait for it, stop it, or choose another name for this run.", inner)
    {
        Path = path;
        Owner = owner;
    }

    /// <summary>The run's folder.</summary>
    public string Path { get; }

    /// <summary>Who uses the run, as far as is known: "process 1234 on host".</summary>
    public string Owner { get; }
}
