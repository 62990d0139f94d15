using System.Net;

namespace Granary.Cluster.Protocol;

/// <summary>The coordinator refused what it was asked, or did not answer for as long as the caller waits.</summary>
public sealed class CoordinatorException : Exception
{
    /// <summary>Creates it with a sentence for people.</summary>
    public CoordinatorException(string message, HttpStatusCode? status = null, Exception? inner = null)
        : base(message, inner)
    {
        Status = status;
    }

    /// <summary>What it answered with; null where it did not answer.</summary>
    public HttpStatusCode? Status { get; }

    /// <summary>Whether it does not take this caller's token.</summary>
    public bool IsUnwelcome => Status is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden;
}
