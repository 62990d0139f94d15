namespace Granary.Cluster.Ledger;

/// <summary>What a holder shows at every write: who holds an older one is refused. Tokens of a shard strictly increase.</summary>
/// <param name="Incarnation">Grows each time the database is not the one it was: restored from a copy, taken over, or made anew. That fences every token from before.</param>
/// <param name="Epoch">Counts how often the shard was granted.</param>
public readonly record struct LeaseToken(long Incarnation, long Epoch) : IComparable<LeaseToken>
{
    /// <inheritdoc/>
    public int CompareTo(LeaseToken other) => (Incarnation, Epoch).CompareTo((other.Incarnation, other.Epoch));
}
