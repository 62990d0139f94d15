using Granary.Core.Configuration;

namespace Granary.Pipelines.Corpus.NearDuplicates;

/// <summary>Which documents count as nearly the same, by MinHash signatures of their runs of words.</summary>
/// <remarks>
/// Two documents that share a part s of their runs of words are compared with probability 1 - (1 - s^rows)^bands: 0.77 for
/// s = 0.75 and 0.9995 for s = 0.9 with the defaults, which are FineWeb's.
/// </remarks>
public sealed record NearDuplicateConfig : IConfigSection
{
    private const int MostHashes = 1024;

    /// <summary>Words in a row that are compared as one. Default 5.</summary>
    public int Words { get; init; } = 5;

    /// <summary>Bands of a signature; documents that agree in one whole band are compared. Default 14.</summary>
    public int Bands { get; init; } = 14;

    /// <summary>Hashes of a band. Default 8.</summary>
    public int Rows { get; init; } = 8;

    /// <summary>The share of equal hashes from which on two compared documents are nearly the same, from 0 to 1. Default 0.75; 0 drops every document that is compared with an earlier one.</summary>
    public double MinSimilarity { get; init; } = 0.75;

    /// <summary>Where the hash functions begin. Default 1.</summary>
    public long Seed { get; init; } = 1;

    /// <summary>Hashes of a signature.</summary>
    internal int Hashes => Bands * Rows;

    /// <inheritdoc/>
    public void Validate(string path, ConfigurationErrors errors)
    {
        errors.Require(Words is > 0 and <= 64, $"{path}.words", Words, "from 1 to 64");
        errors.Require(Bands > 0, $"{path}.bands", Bands, "greater than 0");
        errors.Require(Rows > 0, $"{path}.rows", Rows, "greater than 0");
        errors.Require((long)Bands * Rows <= MostHashes, $"{path}.rows", Rows, $"small enough that bands times rows is at most {MostHashes}");
        errors.Require(MinSimilarity is >= 0 and <= 1, $"{path}.min_similarity", MinSimilarity, "from 0 to 1");
    }
}
