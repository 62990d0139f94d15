namespace Granary.Checkpoints;

/// <summary>A checkpoint or a model file that cannot be used, with its path.</summary>
public sealed class CheckpointException : Exception
{
    /// <summary>Creates the exception for a file or folder and what is wrong with it.</summary>
    public CheckpointException(string path, string message, Exception? inner = null)
        : base($"{path}: {message}", inner)
    {
        Path = path;
    }

    /// <summary>The file or folder that is at fault.</summary>
    public string Path { get; }
}
