namespace Granary.Cli.Ranks;

/// <summary>Ranks of a run have failed.</summary>
internal sealed class RanksException : Exception
{
    public RanksException(int rank, string message, int exitCode)
        : base(message)
    {
        Rank = rank;
        ExitCode = exitCode;
    }

    /// <summary>The rank that failed first.</summary>
    public int Rank { get; }

    /// <summary>What the launcher ends with.</summary>
    public int ExitCode { get; }
}
