namespace Granary.Cluster.Workers;

/// <summary>A clock's timestamps as times since its beginning, which can be added to and compared.</summary>
internal static class Moments
{
    public static TimeSpan Now(TimeProvider time) => Of(time, time.GetTimestamp());

    public static TimeSpan Of(TimeProvider time, long timestamp) => time.GetElapsedTime(0, timestamp);
}
