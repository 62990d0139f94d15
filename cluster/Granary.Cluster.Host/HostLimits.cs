namespace Granary.Cluster.Host;

/// <summary>How much the coordinator takes on at a time; what is above it is told to come back.</summary>
internal sealed record HostLimits
{
    /// <summary>Connections at a time: two for each of thousands of workers.</summary>
    public long Connections { get; init; } = 16_384;

    /// <summary>Bytes of a body.</summary>
    public long BodyBytes { get; init; } = 1 << 20;

    /// <summary>Bytes of a body that holds shards.</summary>
    public long ShardBodyBytes { get; init; } = 16 << 20;

    /// <summary>Bytes of all headers of a request.</summary>
    public int HeaderBytes { get; init; } = 16 << 10;

    /// <summary>Headers of a request.</summary>
    public int Headers { get; init; } = 64;

    /// <summary>Heartbeats, commits and returns at a time: the last to be turned away, so that no lease is lost by new work.</summary>
    public int Renewals { get; init; } = 8_192;

    /// <summary>Requests that wait for work or for a change, at a time.</summary>
    public int Waits { get; init; } = 8_192;

    /// <summary>Other requests at a time.</summary>
    public int Calls { get; init; } = 256;

    /// <summary>Other requests that stand in line.</summary>
    public int CallsInLine { get; init; } = 1_024;

    /// <summary>Logins from one address in a minute.</summary>
    public int LoginsAMinute { get; init; } = 20;

    /// <summary>The longest time that a request may wait for work or for a change.</summary>
    public TimeSpan LongestWait { get; init; } = TimeSpan.FromSeconds(30);
}
