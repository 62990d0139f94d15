using Granary.Core.Configuration;

namespace Granary.Data.Batching;

/// <summary>Which rows make up the steps of a run, and in which order they come; <c>type:</c> names the method.</summary>
[ConfigVariant(DatasetDecompositionConfig.Name, typeof(DatasetDecompositionConfig))]
[ConfigVariant(ConcatAndChunkConfig.Name, typeof(ConcatAndChunkConfig))]
[ConfigVariant(DocumentMaskingConfig.Name, typeof(DocumentMaskingConfig))]
[ConfigVariant(BestFitConfig.Name, typeof(BestFitConfig))]
[ConfigVariant(SkyLadderConfig.Name, typeof(SkyLadderConfig))]
public abstract record BatchingConfig : IConfigSection
{
    // Rows and tokens of a step are counted with 32 bits.
    private const long MostTokensPerStep = 1 << 30;

    /// <summary>Target positions in every step, over all ranks; a multiple of the longest row. Default 16,384.</summary>
    public long TokensPerStep { get; init; } = 16_384;

    /// <summary>A pass takes at most this many tokens, of each bucket the same share of its mixture. Default 0: no limit.</summary>
    public long MaxTokensPerPass { get; init; }

    /// <summary>How often the mixture is gone through, in a fresh order each time. Default 1.</summary>
    public int Passes { get; init; } = 1;

    /// <inheritdoc/>
    public virtual void Validate(string path, ConfigurationErrors errors)
    {
        errors.Require(TokensPerStep is > 0 and <= MostTokensPerStep, $"{path}.tokens_per_step", TokensPerStep, $"from 1 to {MostTokensPerStep}");
        errors.Require(MaxTokensPerPass >= 0, $"{path}.max_tokens_per_pass", MaxTokensPerPass, "0 (no limit) or more");
        errors.Require(Passes > 0, $"{path}.passes", Passes, "greater than 0");
    }

    /// <summary>What the positions of a row see of each other in a step of a run of <paramref name="totalSteps"/>; a pure function of both.</summary>
    public virtual SegmentLaw LawAt(long step, long totalSteps) => SegmentLaw.Joined;

    /// <summary>The order's hash with everything added that decides what rows show; of pieces nothing.</summary>
    internal virtual string SignOrder(string orderSha256) => orderSha256;

    /// <summary>How the sampler draws the rows of this method.</summary>
    internal abstract DatasetDecompositionConfig ToSampling();
}
