namespace Granary.Cluster.Host;

/// <summary>What the coordinator is started with.</summary>
public sealed record ServeOptions
{
    /// <summary>Where it listens. Default "http://127.0.0.1:7420"; port 0 takes a free one; beyond loopback only over TLS.</summary>
    public string Url { get; init; } = "http://127.0.0.1:7420";

    /// <summary>The folder that all nodes see: jobs' configurations, runs and logs lie below it.</summary>
    public required string Folder { get; init; }

    /// <summary>
    /// The database: "sqlite:FILE" or "postgres:CONNECTION". Default "sqlite:granary.db" in <see cref="Folder"/>. A connection with a
    /// password stands in a variable of the environment, "postgres:env:NAME", or in a file, "postgres:file:FILE".
    /// </summary>
    public string? Database { get; init; }

    /// <summary>How long leases hold. Default 30 s.</summary>
    public TimeSpan LeaseTime { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long what is known of a job stays after its end; its files stay for good. Default 30 days; an hour at the least.</summary>
    public TimeSpan EndedJobsStay { get; init; } = TimeSpan.FromDays(30);

    /// <summary>The file with the tokens. Default "tokens.json" in <see cref="Folder"/>, made with an admin's token where it is missing.</summary>
    public string? TokensFile { get; init; }

    /// <summary>The certificate's file, PEM; null serves without TLS.</summary>
    public string? Certificate { get; init; }

    /// <summary>The file of the certificate's key, PEM.</summary>
    public string? CertificateKey { get; init; }

    /// <summary>Whether it may listen beyond loopback without TLS. Default no: tokens would be readable on the way.</summary>
    public bool AllowsPlainHttp { get; init; }

    /// <summary>Where metrics are sent by OTLP over HTTP; null sends none.</summary>
    public string? Otlp { get; init; }
}
