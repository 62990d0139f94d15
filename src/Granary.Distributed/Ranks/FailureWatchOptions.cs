namespace Granary.Distributed.Ranks;

/// <summary>How quickly a rank is taken for gone.</summary>
/// <param name="Interval">How often a rank shows that it is alive, and looks at others.</param>
/// <param name="Patience">How long another may show nothing.</param>
/// <param name="SuspectPatience">The same for a rank with which an exchange has failed.</param>
public sealed record FailureWatchOptions(TimeSpan Interval, TimeSpan Patience, TimeSpan SuspectPatience)
{
    private static readonly TimeSpan LongestInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPatience = TimeSpan.FromSeconds(30);

    /// <summary>What suits a time-out: a gone rank is named within it, and one that a loaded machine holds up for seconds is not taken for gone.</summary>
    public static FailureWatchOptions For(TimeSpan timeout)
    {
        var interval = Smaller(timeout / 40, LongestInterval);
        return new FailureWatchOptions(interval, Smaller(timeout / 2, LongestPatience), 4 * interval);
    }

    private static TimeSpan Smaller(TimeSpan one, TimeSpan other) => one < other ? one : other;
}
