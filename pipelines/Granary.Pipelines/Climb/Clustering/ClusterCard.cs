using System.Collections.ObjectModel;

namespace Granary.Pipelines.Climb.Clustering;

/// <summary>What a person should know of a cluster; one entry of clusters.json.</summary>
public sealed record ClusterCard
{
    /// <summary>The number that shards and assignments hold, from 0.</summary>
    public required int Number { get; init; }

    /// <summary>What mixtures call it: by default its number and its most typical words; a person may change it.</summary>
    public required string Name { get; init; }

    /// <summary>Documents.</summary>
    public required long Documents { get; init; }

    /// <summary>Bytes of text.</summary>
    public required long Bytes { get; init; }

    /// <summary>The words that set it apart from the others, the most typical first.</summary>
    public IReadOnlyList<string> TypicalWords { get; init; } = [];

    /// <summary>Beginnings of the documents nearest to its centre.</summary>
    public IReadOnlyList<string> Samples { get; init; } = [];

    /// <summary>Documents by source.</summary>
    public IReadOnlyDictionary<string, long> Sources { get; init; } = ReadOnlyDictionary<string, long>.Empty;

    /// <summary>Documents by length: entry i counts those of 2^i bytes and more, below 2^(i+1).</summary>
    public IReadOnlyList<long> Lengths { get; init; } = [];

    /// <summary>Mean of each quality score.</summary>
    public IReadOnlyDictionary<string, double> Quality { get; init; } = ReadOnlyDictionary<string, double>.Empty;

    /// <summary>How many of the first, finer clusters were merged into it.</summary>
    public int MergedFrom { get; init; } = 1;
}
