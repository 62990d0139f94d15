namespace Orleans.Runtime;

/// <summary>What the runtime and its storages throw.</summary>
public class OrleansException : Exception
{
    /// <summary>Without a sentence.</summary>
    public OrleansException()
        : base("Unexpected error.")
    {
    }

    /// <summary>With a sentence.</summary>
    public OrleansException(string message)
        : base(message)
    {
    }

    /// <summary>With a sentence and a cause.</summary>
    public OrleansException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
