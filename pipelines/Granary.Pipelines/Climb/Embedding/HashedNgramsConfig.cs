using System.Globalization;
using System.Numerics;
using Granary.Core.Configuration;

namespace Granary.Pipelines.Climb.Embedding;

/// <summary>
/// Hashed word and character n-grams, weighed by TF-IDF and reduced by a truncated SVD (latent semantic analysis): needs no
/// model and no network.
/// </summary>
public sealed record HashedNgramsConfig : EmbeddingConfig
{
    internal const string Name = "hashed-ngrams";

    /// <summary>Numbers in a vector. Default 128.</summary>
    public int Dimensions { get; init; } = 128;

    /// <summary>Features that n-grams are hashed to, a power of two. Default 32,768.</summary>
    public int Features { get; init; } = 32_768;

    /// <summary>The longest run of words that is a feature; 1 takes single words. Default 2.</summary>
    public int WordNgrams { get; init; } = 2;

    /// <summary>The length of the runs of bytes inside words that are features; 0 takes none. Default 4.</summary>
    public int CharacterNgrams { get; init; } = 4;

    /// <summary>Further columns the SVD works with, for its accuracy. Default 16.</summary>
    public int Oversampling { get; init; } = 16;

    /// <summary>Times the SVD goes over the sample again, for its accuracy. Default 1.</summary>
    public int PowerIterations { get; init; } = 1;

    /// <inheritdoc/>
    public override string Identity => string.Create(
        CultureInfo.InvariantCulture,
        $"{Name} 2 bytes={MaxBytes} dimensions={Dimensions} features={Features} words={WordNgrams} characters={CharacterNgrams} oversampling={Oversampling} power={PowerIterations} fit={FitDocuments}");

    /// <inheritdoc/>
    public override IDocumentEmbedder Create(int threads) => new HashedNgramEmbedder(this, threads);

    /// <inheritdoc/>
    public override void Validate(string path, ConfigurationErrors errors)
    {
        base.Validate(path, errors);
        errors.Require(Dimensions is > 0 and <= 4_096, $"{path}.dimensions", Dimensions, "from 1 to 4096");
        errors.Require(Features is >= 64 and <= 1 << 24 && BitOperations.IsPow2(Features), $"{path}.features", Features, "a power of two from 64 to 2^24");
        errors.Require(WordNgrams is >= 1 and <= 4, $"{path}.word_ngrams", WordNgrams, "from 1 to 4");
        errors.Require(CharacterNgrams is 0 or (>= 2 and <= 8), $"{path}.character_ngrams", CharacterNgrams, "0 (none) or from 2 to 8");
        errors.Require(Oversampling >= 0, $"{path}.oversampling", Oversampling, "0 or more");
        errors.Require(PowerIterations >= 0, $"{path}.power_iterations", PowerIterations, "0 or more");
    }
}
