namespace Granary.Cluster.Ledger;

/// <summary>The database did not answer, so nobody knows whether a write took place: ask again, with the same operation.</summary>
public sealed class LedgerUnavailableException : Exception
{
    /// <summary>Creates it around what the database's driver said.</summary>
    public LedgerUnavailableException(string message, Exception inner)
        : base(message, inner)
    {
    }
}
