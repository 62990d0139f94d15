namespace Granary.Cluster.Host.Endpoints;

/// <summary>How long a request asks to wait, from its `wait=SECONDS`.</summary>
internal static class WaitTime
{
    private const double MostSeconds = 3_600;

    /// <summary>The time; none where nothing was said, or nothing that is a time.</summary>
    internal static TimeSpan Of(double? seconds)
    {
        return seconds is { } given && given > 0 ? TimeSpan.FromSeconds(Math.Min(given, MostSeconds)) : TimeSpan.Zero;
    }
}
