namespace Granary.Distributed.Sequence;

/// <summary>What schedules are called in configurations.</summary>
public static class SequenceScheduleNames
{
    /// <summary>A schedule for each direction is chosen by its cost.</summary>
    public const string Auto = "auto";

    /// <summary>Keys and values go round.</summary>
    public const string Ring = "ring";

    /// <summary>Keys and values of half of the heads go round one way, those of the other half the other way.</summary>
    public const string BidirectionalRing = "bidirectional-ring";

    /// <summary>Queries go round, and partial results return to their owners at once.</summary>
    public const string TokenRing = "token-ring";

    /// <summary>Each pair of ranks meets once, at the one or at the other; causal only.</summary>
    public const string Pair = "pair";

    /// <summary>A ring forward; backward, queries go round and their gradients one step behind them.</summary>
    public const string Burst = "burst";

    /// <summary>Every rank computes all positions of some heads.</summary>
    public const string Ulysses = "ulysses";

    /// <summary>Every rank gets all keys and values.</summary>
    public const string AllGather = "all-gather";

    /// <summary>Groups of ranks share the heads, and queries go round among the groups.</summary>
    public const string TokenRingUlysses = "token-ring-ulysses";

    /// <summary>Between the names of a forward and a backward schedule that are chosen apart.</summary>
    public const char Separator = '/';

    /// <summary>The schedules.</summary>
    public static IReadOnlyList<string> All { get; } = [Ring, BidirectionalRing, TokenRing, Pair, Burst, Ulysses, AllGather, TokenRingUlysses];

    /// <summary>Whether a text is <see cref="Auto"/>, a schedule's name, or those of a forward and a backward one.</summary>
    public static bool IsKnown(string text)
    {
        var names = text.Split(Separator);
        return text == Auto || (names.Length <= 2 && names.All(All.Contains));
    }

    /// <summary>The names of the forward and the backward schedule that a known text other than <see cref="Auto"/> means.</summary>
    public static (string Forward, string Backward) Split(string text)
    {
        var names = text.Split(Separator);
        return (names[0], names[^1]);
    }
}
