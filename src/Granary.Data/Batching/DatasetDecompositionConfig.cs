using Granary.Core.Configuration;

namespace Granary.Data.Batching;

/// <summary>Dataset decomposition: every step takes rows of one length, each from one document, in cycles of growing length.</summary>
public sealed record DatasetDecompositionConfig : BatchingConfig
{
    /// <summary>What <c>type:</c> says.</summary>
    public const string Name = "dataset-decomposition";

    /// <summary>
    /// How much of each bucket a pass takes. <c>natural</c> (default): all of it. <c>equal</c>: as many tokens of each
    /// as the smallest bucket has. <c>only-1k</c>, <c>up-to-2k</c>, <c>mid</c> (256 to 2k), <c>from-1k</c> and
    /// <c>from-256</c>: the same of the buckets with rows of those lengths, the others are left out. <c>list</c>: in
    /// proportion to <see cref="MixtureFractions"/>, as much as the scarcest bucket allows.
    /// </summary>
    public string Mixture { get; init; } = "natural";

    /// <summary>With mixture <c>list</c>: each bucket's share of the tokens, shortest rows first; 0 leaves a bucket out.</summary>
    public IReadOnlyList<double> MixtureFractions { get; init; } = [];

    /// <summary>
    /// The odds with which the buckets of a cycle are drawn while they last. <c>grow-p2</c> (default): each length twice
    /// as likely as the next longer one; <c>grow-linear</c>: n, n-1, ..., 1; <c>grow-p100</c>: a hundred times;
    /// <c>shrink-p100</c>: the reverse; <c>uniform</c>: all alike; <c>natural</c>: in proportion to tokens, so that no
    /// length comes early; <c>list</c>: <see cref="Odds"/>.
    /// </summary>
    public string Curriculum { get; init; } = "grow-p2";

    /// <summary>With curriculum <c>list</c>: the odds of each bucket, shortest rows first.</summary>
    public IReadOnlyList<double> Odds { get; init; } = [];

    /// <summary>Whether odds are multiplied by the bucket's tokens. Default false, as in the paper's algorithm; its released code multiplies.</summary>
    public bool OddsTimesTokens { get; init; }

    /// <summary>Parts a pass is cut into, each with the full mixture and a curriculum of its own. Default 8.</summary>
    public int Cycles { get; init; } = 8;

    /// <summary>Whether the very first step has the longest rows, so that a lack of memory shows at once. Default false.</summary>
    public bool LongestFirst { get; init; }

    /// <inheritdoc/>
    internal override bool HasLengths => true;

    /// <inheritdoc/>
    public override void Validate(string path, ConfigurationErrors errors)
    {
        base.Validate(path, errors);
        Mixtures.Validate(Mixture, MixtureFractions, path, errors);
        Curricula.Validate(Curriculum, Odds, path, errors);
        errors.Require(!(OddsTimesTokens && Curriculum == "natural"), $"{path}.odds_times_tokens", OddsTimesTokens, "false with curriculum 'natural', which goes by tokens already");
        errors.Require(Cycles > 0, $"{path}.cycles", Cycles, "greater than 0");
    }

    /// <inheritdoc/>
    internal override DatasetDecompositionConfig ToSampling() => this;
}
