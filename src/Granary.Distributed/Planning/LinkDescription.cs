using Granary.Core.Configuration;

namespace Granary.Distributed.Planning;

/// <summary>What connects ranks: a message of n bytes takes <see cref="LatencySeconds"/> + n / (<see cref="Efficiency"/> * <see cref="BytesPerSecond"/>).</summary>
public sealed record LinkDescription : IConfigSection
{
    /// <summary>What transfers of one step share. Default port.</summary>
    public LinkKind Kind { get; init; } = LinkKind.Port;

    /// <summary>Bytes a second of a link or port, one way, by its maker's word.</summary>
    public required double BytesPerSecond { get; init; }

    /// <summary>The share of it that transfers reach. Default 0.8; 1 for measured rates.</summary>
    public double Efficiency { get; init; } = 0.8;

    /// <summary>Seconds before a message's first byte. Default 10 microseconds.</summary>
    public double LatencySeconds { get; init; } = 10e-6;

    /// <inheritdoc/>
    public void Validate(string path, ConfigurationErrors errors)
    {
        errors.Require(BytesPerSecond > 0, $"{path}.bytes_per_second", BytesPerSecond, "greater than 0");
        errors.Require(Efficiency is > 0 and <= 1, $"{path}.efficiency", Efficiency, "above 0 and at most 1");
        errors.Require(LatencySeconds >= 0, $"{path}.latency_seconds", LatencySeconds, "0 or more");
    }

    /// <summary>Seconds of a message; none if there is nothing to send.</summary>
    public double SecondsOf(double bytes)
    {
        return bytes > 0 ? LatencySeconds + (bytes / (Efficiency * BytesPerSecond)) : 0;
    }

    /// <summary>The link in words: "a port for each rank, 1.25 GB/s, 50 us".</summary>
    public string Describe()
    {
        var kind = Kind switch { LinkKind.Mesh => "a link for each pair", LinkKind.Port => "a port for each rank", _ => "a port that takes turns" };
        return FormattableString.Invariant($"{kind}, {Efficiency * BytesPerSecond / 1e9:G3} GB/s, {1e6 * LatencySeconds:F0} us");
    }
}
