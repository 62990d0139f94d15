namespace Granary.Cluster.Ledger;

/// <summary>What was asked of the ledger contradicts what it holds.</summary>
public sealed class LedgerConflictException : Exception
{
    /// <summary>Creates it with a sentence for the one who asked.</summary>
    public LedgerConflictException(string message)
        : base(message)
    {
    }
}
