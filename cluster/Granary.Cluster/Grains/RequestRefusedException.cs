namespace Granary.Cluster.Grains;

/// <summary>What was asked is not allowed, however often it is asked; the sentence says what is.</summary>
public sealed class RequestRefusedException : Exception
{
    /// <summary>Creates it with a sentence for the one who asked.</summary>
    public RequestRefusedException(string message)
        : base(message)
    {
    }
}
