namespace Orleans.Runtime;

/// <summary>The runtime stops and makes no more activations.</summary>
public sealed class SiloUnavailableException : OrleansException
{
    /// <summary>Without a sentence of its own.</summary>
    public SiloUnavailableException()
        : base("Silo unavailable")
    {
    }

    /// <summary>With a sentence.</summary>
    public SiloUnavailableException(string msg)
        : base(msg)
    {
    }

    /// <summary>With a sentence and a cause.</summary>
    public SiloUnavailableException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
