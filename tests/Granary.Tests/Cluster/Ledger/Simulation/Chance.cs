using Granary.Core.Randomness;

namespace Granary.Cluster.Ledger.Simulation.Tests;

/// <summary>The random numbers of one seed, one after the other.</summary>
internal sealed class Chance
{
    private readonly RandomKey _key;
    private long _position;

    public Chance(long seed)
    {
        _key = RandomKey.FromSeed(seed).Use("lease-simulation");
    }

    /// <summary>A whole number from the first to before the second.</summary>
    public int Between(int from, int before) => from + (int)_key.BelowAt(_position++, before - from);

    /// <summary>Whether something of this probability happens.</summary>
    public bool Happens(double probability) => _key.DoubleAt(_position++) < probability;
}
