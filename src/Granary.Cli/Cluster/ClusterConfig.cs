using Granary.Core.Configuration;

namespace Granary.Cli.Cluster;

/// <summary>Who is handed parts of the work. A job of a coordinator hands them to that one, whatever stands here.</summary>
public sealed record ClusterConfig : IConfigSection
{
    /// <summary>The coordinator's address, like http://127.0.0.1:7420. Its workers and this process see the same files by the same paths. Default empty: only a coordinator's job hands work out.</summary>
    public string Coordinator { get; init; } = string.Empty;

    /// <summary>The file that holds a token which may hand out work. Default empty: the file that the variable GRANARY_TOKEN_FILE names.</summary>
    public string TokenFile { get; init; } = string.Empty;

    /// <summary>Bytes of files that one worker tokenizes at a time: as much as is lost with it. Default 32 MiB.</summary>
    public long SplitBytes { get; init; } = 32 << 20;

    /// <summary>Processes that train together, each on the node where it finds room. Default 1: the job's own process trains.</summary>
    public int Ranks { get; init; } = 1;

    /// <summary>Ranks with which training goes on where <see cref="Ranks"/> find no room, with other bits. Default 0: as many as Ranks.</summary>
    public int MinRanks { get; init; }

    /// <inheritdoc/>
    public void Validate(string path, ConfigurationErrors errors)
    {
        var isAddress = Uri.TryCreate(Coordinator, UriKind.Absolute, out var address) && (address.Scheme is "http" or "https");
        errors.Require(Coordinator.Length == 0 || isAddress, $"{path}.coordinator", Coordinator, "an address like http://127.0.0.1:7420");
        errors.Require(Ranks > 0, $"{path}.ranks", Ranks, "greater than 0");
        errors.Require(MinRanks >= 0 && MinRanks <= Ranks, $"{path}.min_ranks", MinRanks, $"from 0 to ranks ({Ranks})");
        errors.Require(SplitBytes >= 1 << 16, $"{path}.split_bytes", SplitBytes, "65536 (64 KiB) or more");
    }
}
