namespace Granary.Cluster.Generations;

/// <summary>A training job is given up.</summary>
public sealed class GenerationsException : Exception
{
    /// <summary>Creates it with a sentence; <paramref name="rank"/> is the one to look at.</summary>
    public GenerationsException(string message, int rank)
        : base(message)
    {
        Rank = rank;
    }

    /// <summary>The rank that failed.</summary>
    public int Rank { get; }
}
