using System.Reflection;

namespace Orleans.Hosting;

/// <summary>What the embedded runtime is started with; times are Orleans' defaults.</summary>
public sealed record EmbeddedOrleansOptions
{
    /// <summary>The assemblies with the grain classes.</summary>
    public required IReadOnlyList<Assembly> GrainAssemblies { get; init; }

    /// <summary>Time after which a call ends in a <see cref="TimeoutException"/>. Default 30 s.</summary>
    public TimeSpan ResponseTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Time without a call after which an activation ends. Default 15 minutes.</summary>
    public TimeSpan CollectionAge { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>Time after which the token of an activation's beginning is cancelled. Default 30 s.</summary>
    public TimeSpan ActivationTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Time after which an activation's end is not waited for. Default 30 s.</summary>
    public TimeSpan DeactivationTimeout { get; init; } = TimeSpan.FromSeconds(30);
}
