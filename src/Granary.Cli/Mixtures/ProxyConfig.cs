using Granary.Core.Configuration;
using Granary.Models.Language;
using Granary.Models.Llama;
using Granary.Training;
using Granary.Training.Optimizers;
using Granary.Training.Schedules;

namespace Granary.Cli.Mixtures;

/// <summary>The small models that try mixtures, all alike but for what they are trained on. They learn the next token, whatever the run's objective is.</summary>
public sealed record ProxyConfig : IConfigSection
{
    /// <summary>The proxy. Default: a Llama of two blocks, 128 wide.</summary>
    public ModelConfig Model { get; init; } = new LlamaConfig { HiddenSize = 128, NumHiddenLayers = 2, TieWordEmbeddings = true };

    /// <summary>Tokens that each is trained on. Default 1,000,000.</summary>
    public long Tokens { get; init; } = 1_000_000;

    /// <summary>
    /// Whether a proxy may use only as large a share of every component's rows as it has of the run's tokens
    /// (search.caps.target_tokens), so that it repeats them as often as the run will. Default true; false lets it use all.
    /// </summary>
    public bool ShrinkComponents { get; init; } = true;

    /// <summary>Target positions in every step; a multiple of the longest row. Default 4,096.</summary>
    public long TokensPerStep { get; init; } = 4_096;

    /// <summary>Tokens that go through the model at once. Default 8,192.</summary>
    public long TokensPerMicrobatch { get; init; } = 8_192;

    /// <summary>How gradients become updates. Default: AdamW at 0.003, held until a fall over the last fifth.</summary>
    public OptimizerConfig Optimizer { get; init; } = new AdamWConfig { LearningRate = 3e-3, Schedule = new WarmupStableDecayConfig() };

    /// <summary>
    /// The share of the tokens that all proxies have in common: one model is trained so far on as much of each component as
    /// there is, and each proxy goes on from it. Needs the schedule <c>warmup-stable-decay</c>. Default 0: each begins anew.
    /// </summary>
    public double TrunkShare { get; init; }

    /// <summary>A checkpoint's folder, or a run's, whose model and tokenizer are the proxies': they begin with its weights. Default empty: new ones.</summary>
    public string InitFrom { get; init; } = string.Empty;

    /// <summary>Threads of each. Default 1: several small models side by side are quicker than one after the other on all threads.</summary>
    public int Threads { get; init; } = 1;

    /// <summary>
    /// The type of a proxy's matrix products, as <c>training.precision</c> is the run's: with bf16 proxies are quicker on CPUs with
    /// AVX512-BF16. All proxies of a search have the same. Default fp32.
    /// </summary>
    public TrainingPrecision Precision { get; init; } = TrainingPrecision.Fp32;

    /// <summary>Proxies that train at the same time. Default 0: as many as there are threads for.</summary>
    public int Places { get; init; }

    /// <summary>Points of the curve that is kept of each. Default 20.</summary>
    public int CurvePoints { get; init; } = 20;

    /// <summary>Time between the checkpoints from which a proxy goes on that was killed. Default 5 minutes; 0: none.</summary>
    public TimeSpan CheckpointEvery { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>
    /// A folder of finished proxies that several runs share: each is named by all that decides its result, and none is trained
    /// twice. Default empty: the run's own.
    /// </summary>
    public string Store { get; init; } = string.Empty;

    /// <summary>Proxies at once with so many threads for all of them.</summary>
    internal int PlacesOf(int threads) => Places > 0 ? Places : Math.Max(1, threads / Threads);

    /// <summary>Optimizer steps of each.</summary>
    internal long Steps => (Tokens + TokensPerStep - 1) / Math.Max(1, TokensPerStep);

    /// <summary>Those of them that the trunk takes.</summary>
    internal long TrunkSteps => (long)(Steps * TrunkShare);

    /// <inheritdoc/>
    public void Validate(string path, ConfigurationErrors errors)
    {
        Model.Validate($"{path}.model", errors);
        errors.Require(TokensPerStep is > 0 and <= 1 << 30, $"{path}.tokens_per_step", TokensPerStep, $"from 1 to {1 << 30}");
        errors.Require(Tokens >= TokensPerStep, $"{path}.tokens", Tokens, $"at least one step's, tokens_per_step ({TokensPerStep})");
        errors.Require(TokensPerMicrobatch > 0, $"{path}.tokens_per_microbatch", TokensPerMicrobatch, "greater than 0");
        Optimizer.Validate($"{path}.optimizer", errors);
        errors.Require(TrunkShare is >= 0 and < 1, $"{path}.trunk_share", TrunkShare, "from 0 (no trunk) to below 1");
        var decay = Optimizer.Schedule is WarmupStableDecayConfig stable ? stable.DecayShare : 1;
        errors.Require(TrunkShare == 0 || TrunkShare <= 1 - decay, $"{path}.trunk_share", TrunkShare, "0, or with schedule 'warmup-stable-decay' at most 1 less its decay_share: the trunk ends before the rate falls");
        errors.Require(Threads > 0, $"{path}.threads", Threads, "greater than 0");
        errors.Require(Places >= 0, $"{path}.places", Places, "0 (as many as there are threads for) or more");
        errors.Require(CurvePoints > 0, $"{path}.curve_points", CurvePoints, "greater than 0");
        errors.Require(CheckpointEvery >= TimeSpan.Zero, $"{path}.checkpoint_every", CheckpointEvery, "0 (none) or more");
    }
}
