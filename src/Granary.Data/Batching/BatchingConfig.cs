using System.Collections.ObjectModel;
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
    private const int UsualEpochs = 4;

    /// <summary>Target positions in every step, over all ranks; a multiple of the longest row. Default 16,384.</summary>
    public long TokensPerStep { get; init; } = 16_384;

    /// <summary>A pass takes at most this many tokens, of each bucket the same share of its mixture. Default 0: no limit.</summary>
    public long MaxTokensPerPass { get; init; }

    /// <summary>How often the mixture is gone through, in a fresh order each time. Default 1.</summary>
    public int Passes { get; init; } = 1;

    /// <summary>
    /// Each source's share of the tokens, in any unit; 0 leaves a source out. Every source with rows must be named.
    /// Weights change what steps are made of, not their number: a pass has as many tokens as all that has a weight.
    /// Default empty: as much of each as there is.
    /// </summary>
    public IReadOnlyDictionary<string, double> SourceWeights { get; init; } = ReadOnlyDictionary<string, double>.Empty;

    /// <summary>
    /// Each cluster's share of the tokens, by its number, <c>none</c> for rows without one. With
    /// <see cref="SourceWeights"/> as well, both shares hold at once. Default empty: as much of each as there is.
    /// </summary>
    public IReadOnlyDictionary<string, double> ClusterWeights { get; init; } = ReadOnlyDictionary<string, double>.Empty;

    /// <summary>Stretches of the run with mixtures of their own, in order. Default empty: one mixture throughout.</summary>
    public IReadOnlyList<MixturePhaseConfig> Phases { get; init; } = [];

    /// <summary>How often a row may be used in the run where weights ask for more. Default 0: four times, or passes where that is more.</summary>
    public int MaxEpochs { get; init; }

    /// <summary>The same for single sources.</summary>
    public IReadOnlyDictionary<string, int> MaxEpochsBySource { get; init; } = ReadOnlyDictionary<string, int>.Empty;

    /// <summary>
    /// What gives way to those limits. <c>stop</c> (default): the run's length; it ends, in all phases alike, where the
    /// first limit is reached, so the mixture is the one asked for. <c>spill</c>: the mixture; the others take over what
    /// an exhausted source cannot give.
    /// </summary>
    public string OnExhausted { get; init; } = "stop";

    /// <summary>Whether rows have several lengths, so that phases may mix and order them.</summary>
    internal virtual bool HasLengths => false;

    /// <inheritdoc/>
    public virtual void Validate(string path, ConfigurationErrors errors)
    {
        errors.Require(TokensPerStep is > 0 and <= MostTokensPerStep, $"{path}.tokens_per_step", TokensPerStep, $"from 1 to {MostTokensPerStep}");
        errors.Require(MaxTokensPerPass >= 0, $"{path}.max_tokens_per_pass", MaxTokensPerPass, "0 (no limit) or more");
        errors.Require(Passes > 0, $"{path}.passes", Passes, "greater than 0");
        MixtureWeights.Validate(SourceWeights, $"{path}.source_weights", errors);
        MixtureWeights.Validate(ClusterWeights, $"{path}.cluster_weights", errors);
        errors.Require(MaxEpochs >= 0, $"{path}.max_epochs", MaxEpochs, "0 (four, or passes where that is more) or more");
        foreach (var (source, epochs) in MaxEpochsBySource)
        {
            errors.Require(epochs > 0, $"{path}.max_epochs_by_source.{source}", epochs, "greater than 0");
        }

        errors.Require(OnExhausted is "stop" or "spill", $"{path}.on_exhausted", OnExhausted, "'stop' or 'spill'");
        ValidatePhases(path, errors);
    }

    /// <summary>What the positions of a row see of each other in a step of a run of <paramref name="totalSteps"/>; a pure function of both.</summary>
    public virtual SegmentLaw LawAt(long step, long totalSteps) => SegmentLaw.Joined;

    /// <summary>The order's hash with everything added that decides what rows show; of pieces nothing.</summary>
    internal virtual string SignOrder(string orderSha256) => orderSha256;

    /// <summary>How the sampler draws the rows of this method.</summary>
    internal abstract DatasetDecompositionConfig ToSampling();

    /// <summary>How often rows of a source may be used in the run; without a source's name, those of any.</summary>
    internal int MaxEpochsOf(string? source)
    {
        var usual = MaxEpochs > 0 ? MaxEpochs : Math.Max(UsualEpochs, Passes);
        return source is null ? usual : MaxEpochsBySource.GetValueOrDefault(source, usual);
    }

    private void ValidatePhases(string path, ConfigurationErrors errors)
    {
        var until = 0.0;
        for (var i = 0; i < Phases.Count; i++)
        {
            var (phase, at, isLast) = (Phases[i], $"{path}.phases.{i}", i == Phases.Count - 1);
            phase.Validate(at, errors);
            errors.Require(isLast || phase.Until > 0 != phase.Steps > 0, $"{at}.until", phase.Until, "above 0, or else 'steps', but not both: a phase ends somewhere");
            errors.Require(!isLast || (phase.Until == 0 && phase.Steps == 0), $"{at}.until", phase.Until, "left out, and 'steps' too: the last phase holds to the end");
            errors.Require(phase.Until == 0 || phase.Until > until, $"{at}.until", phase.Until, $"greater than that of the phase before ({until})");
            errors.Require(HasLengths || !phase.IsAboutLengths, $"{at}", "about lengths", "without mixture, curriculum, odds and cycles: rows have one length with this batching type");
            until = Math.Max(until, phase.Until);
        }
    }
}
