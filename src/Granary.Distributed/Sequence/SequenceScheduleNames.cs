namespace Granary.Distributed.Sequence;

/// <summary>What schedules are called in configurations.</summary>
public static class SequenceScheduleNames
{
    /// <summary>A schedule for each direction is chosen by its cost.</summary>
    public const string Auto = "auto";

    /// <summary>Between the names of a forward and a backward schedule that are chosen apart.</summary>
    public const char Separator = '/';

    /// <summary>The schedules.</summary>
    public static IReadOnlyList<string> All { get; } =
        ["ring", "bidirectional-ring", "token-ring", "pair", "burst", "ulysses", "all-gather", "token-ring-ulysses"];

    /// <summary>Whether a text is <see cref="Auto"/>, a schedule's name, or those of a forward and a backward one.</summary>
    public static bool IsKnown(string text)
    {
        var names = text.Split(Separator);
        return text == Auto || (names.Length <= 2 && names.All(All.Contains));
    }
}
