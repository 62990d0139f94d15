using Orleans.Runtime;

namespace Orleans.Storage;

/// <summary>Another writer was first; the grain whose call ends in it is activated anew and reads again.</summary>
public class InconsistentStateException : OrleansException
{
    /// <summary>Without a sentence.</summary>
    public InconsistentStateException()
    {
    }

    /// <summary>With a sentence.</summary>
    public InconsistentStateException(string message)
        : base(message)
    {
    }

    /// <summary>With a sentence and a cause.</summary>
    public InconsistentStateException(string message, Exception? innerException)
        : base(message, innerException!)
    {
    }

    /// <summary>With both versions and a cause.</summary>
    public InconsistentStateException(string errorMsg, string? storedEtag, string? currentEtag, Exception? storageException)
        : base(errorMsg, storageException!)
    {
        StoredEtag = storedEtag;
        CurrentEtag = currentEtag;
    }

    /// <summary>With both versions.</summary>
    public InconsistentStateException(string errorMsg, string? storedEtag, string? currentEtag)
        : this(errorMsg, storedEtag, currentEtag, null)
    {
    }

    /// <summary>With both versions, in the cause's words.</summary>
    public InconsistentStateException(string? storedEtag, string? currentEtag, Exception storageException)
        : this(storageException.Message, storedEtag, currentEtag, storageException)
    {
    }

    /// <summary>The version that the storage has.</summary>
    public string? StoredEtag { get; }

    /// <summary>The version that the grain had.</summary>
    public string? CurrentEtag { get; }

    // Only the grain that wrote is behind; those that called it and let the exception pass are not.
    internal bool IsSourceActivation { get; set; } = true;
}
