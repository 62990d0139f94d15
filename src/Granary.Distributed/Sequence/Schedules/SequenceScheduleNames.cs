namespace Granary.Distributed.Sequence.Schedules;

/// <summary>What the schedules are called, in a run's file and on the command line.</summary>
public static class SequenceScheduleNames
{
    /// <summary>The planner chooses.</summary>
    public const string Auto = "auto";

    /// <summary>Keys and values go round.</summary>
    public const string Ring = "ring";

    /// <summary>Keys and values of half of the heads go round one way, those of the other half the other way.</summary>
    public const string BidirectionalRing = "bidirectional-ring";

    /// <summary>Queries go round, and partial results return to their owners at once.</summary>
    public const string TokenRing = "token-ring";

    /// <summary>A ring forward; backward, queries go round and their gradients one step behind them.</summary>
    public const string Burst = "burst";

    /// <summary>Each pair of ranks meets once, at the one or at the other; causal only.</summary>
    public const string Pair = "pair";

    /// <summary>Every rank computes all positions of some heads.</summary>
    public const string Ulysses = "ulysses";

    /// <summary>Every rank gets all keys and values.</summary>
    public const string AllGather = "all-gather";

    /// <summary>Groups of ranks share the heads, and queries go round among the groups.</summary>
    public const string TokenRingUlysses = "token-ring-ulysses";

    /// <summary>All that can be named, but for <see cref="Auto"/>.</summary>
    public static IReadOnlyList<string> All { get; } = [Ring, BidirectionalRing, TokenRing, Pair, Burst, Ulysses, AllGather, TokenRingUlysses];
}
