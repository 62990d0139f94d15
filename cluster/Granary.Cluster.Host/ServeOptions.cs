namespace Granary.Cluster.Host;

/// <summary>What the coordinator is started with.</summary>
public sealed record ServeOptions
{
    /// <summary>Where it listens. Default "http://127.0.0.1:7420"; beyond loopback only over TLS.</summary>
    public string Url { get; init; } = "http://127.0.0.1:7420";

    /// <summary>The folder that all nodes see: jobs' configurations, runs and logs lie below it.</summary>
    public required string Folder { get; init; }

    /// <summary>The database: "sqlite:FILE" or "postgres:CONNECTION". Default "sqlite:granary.db" in <see cref="Folder"/>.</summary>
    public string? Database { get; init; }

    /// <summary>How long leases hold. Default 30 s.</summary>
    public TimeSpan LeaseTime { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The file with the tokens. Default "tokens.json" in <see cref="Folder"/>, made with an admin's token where it is missing.</summary>
    public string? TokensFile { get; init; }
}
