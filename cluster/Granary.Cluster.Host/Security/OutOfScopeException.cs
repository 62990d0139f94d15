namespace Granary.Cluster.Host.Security;

/// <summary>A pass was shown for what it is not for.</summary>
internal sealed class OutOfScopeException : Exception
{
    public OutOfScopeException(string message)
        : base(message)
    {
    }
}
