namespace Granary.Torch.Distributed;

/// <summary>Ranks could not exchange what they had to: one is gone, did not answer in time, or sent something else.</summary>
public sealed class DistributedException : Exception
{
    /// <summary>Creates the exception with what happened and the rank it happened to.</summary>
    public DistributedException(string message, int? failedRank = null, Exception? inner = null)
        : base(message, inner)
    {
        FailedRank = failedRank;
    }

    /// <summary>The rank in the world that is gone or silent; null where it is not known.</summary>
    public int? FailedRank { get; }
}
