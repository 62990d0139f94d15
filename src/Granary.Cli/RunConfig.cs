using Granary.Cli.Cluster;
using Granary.Cli.Mixtures;
using Granary.Cli.Stages;
using Granary.Cluster.Submission;
using Granary.Core.Configuration;
using Granary.Core.Runs;
using Granary.Data.Batching;
using Granary.Data.Tokenization;
using Granary.Distributed;
using Granary.Distributed.Sequence;
using Granary.Models.Language;
using Granary.Models.Llama;
using Granary.Pipelines.Corpus;
using Granary.Pipelines.Decomposition;
using Granary.Training;
using Granary.Training.Evaluation;
using Granary.Training.Objectives;
using Granary.Training.Optimizers;

namespace Granary.Cli;

/// <summary>A whole run, from text to an exported model: what one YAML file says.</summary>
public sealed record RunConfig : IConfigSection
{
    /// <summary>The run's name, and its folder's below runs/. Letters, digits, '.', '_' and '-'.</summary>
    public required string Name { get; init; }

    /// <summary>Where all random numbers of the run begin. Default 1.</summary>
    public long Seed { get; init; } = 1;

    /// <summary>The text.</summary>
    public required CorpusConfig Corpus { get; init; }

    /// <summary>How text becomes ids. Default: byte-level BPE with 32,000 entries, trained on the corpus.</summary>
    public TokenizerConfig Tokenizer { get; init; } = new();

    /// <summary>How documents are cut. Default: powers of two from 64 to 1,024 tokens.</summary>
    public DecompositionConfig Decomposition { get; init; } = new();

    /// <summary>Which rows make up which step. Default: 16,384 tokens a step, lengths growing in 8 cycles.</summary>
    public BatchingConfig Batching { get; init; } = new DatasetDecompositionConfig();

    /// <summary>How the mixture to train on is found. Default null: there is no mixture stage, and the file keeps no word of it.</summary>
    public MixConfig? Mix { get; init; }

    /// <summary>The model. Default: a small Llama.</summary>
    public ModelConfig Model { get; init; } = new LlamaConfig();

    /// <summary>What it learns. Default: the next token.</summary>
    public ObjectiveConfig Objective { get; init; } = new NextTokenConfig();

    /// <summary>How gradients become updates. Default: AdamW.</summary>
    public OptimizerConfig Optimizer { get; init; } = new AdamWConfig();

    /// <summary>How long, in what portions, with what kept.</summary>
    public TrainingConfig Training { get; init; } = new();

    /// <summary>How several ranks share the work. Default: each takes its rows and holds the whole training state.</summary>
    public ParallelConfig Parallel { get; init; } = new();

    /// <summary>How the model is measured on held-out documents.</summary>
    public EvaluationConfig Evaluation { get; init; } = new();

    /// <summary>What the trained model is asked to write.</summary>
    public SampleConfig Sample { get; init; } = new();

    /// <summary>Who is handed parts of the work. Default null: this machine does all of it; the run's folder keeps no word of it, as it changes nothing of what is computed.</summary>
    public ClusterConfig? Cluster { get; init; }

    /// <summary>How `granary submit` hands the run over. Default null; the run's folder keeps no word of it, as it changes nothing of what is computed.</summary>
    public SubmissionConfig? Submission { get; init; }

    /// <inheritdoc/>
    public void Validate(string path, ConfigurationErrors errors)
    {
        RunFolder.CheckName(Name, "name", errors);
        Corpus.Validate("corpus", errors);
        Tokenizer.Validate("tokenizer", errors);
        Decomposition.Validate("decomposition", errors);
        Batching.Validate("batching", errors);
        Model.Validate("model", errors);
        Objective.Validate("objective", errors);
        Optimizer.Validate("optimizer", errors);
        Training.Validate("training", errors);
        Parallel.Validate("parallel", errors);
        Evaluation.Validate("evaluation", errors);
        Sample.Validate("sample", errors);
        Mix?.Validate("mix", errors);
        Cluster?.Validate("cluster", errors);
        Submission?.Validate("submission", errors);
        CheckRows(errors);
        CheckSequence(errors);
        MixChecks.Validate(this, errors);
        Objective.ValidateWith(LongestRow(), Model, "objective", errors);
        errors.Require(
            Evaluation.Window <= Model.MaxPositionEmbeddings, "evaluation.window", Evaluation.Window, $"at most model.max_position_embeddings ({Model.MaxPositionEmbeddings})");
    }

    /// <summary>Tokens of the longest row that a step may have.</summary>
    internal int LongestRow()
    {
        return Batching is PackedBatchingConfig packed ? packed.RowLength : 1 << Math.Clamp(Decomposition.MaxExponent, 0, 30);
    }

    private void CheckSequence(ConfigurationErrors errors)
    {
        var wanted = Parallel.SequenceParallel;
        if (Parallel.SequenceRanks > 1 && wanted != SequenceScheduleNames.Auto && SequenceScheduleNames.IsKnown(wanted) && Model.NumAttentionHeads > 0)
        {
            var (forward, backward) = SequenceScheduleNames.Split(wanted);
            var heads = Model.SpecOf(vocabulary: 1, ahead: null).Attention;
            var reason = AxisSchedules.WhyNot(forward, backward, Parallel.SequenceRanks, heads.Heads, heads.KeyHeads);
            errors.Require(reason is null, "parallel.sequence_parallel", wanted, $"'{SequenceScheduleNames.Auto}' or another that can serve the model: {reason}");
        }
    }

    private void CheckRows(ConfigurationErrors errors)
    {
        if (Batching is PackedBatchingConfig packed)
        {
            // That a step holds whole rows is checked by the section itself.
            errors.Require(
                packed.RowLength <= Model.MaxPositionEmbeddings, "batching.row_length", packed.RowLength, $"at most model.max_position_embeddings ({Model.MaxPositionEmbeddings})");
            return;
        }

        var longest = 1L << Math.Clamp(Decomposition.MaxExponent, 0, 62);
        errors.Require(
            longest <= Model.MaxPositionEmbeddings, "decomposition.max_exponent", Decomposition.MaxExponent, $"small enough for rows of at most model.max_position_embeddings ({Model.MaxPositionEmbeddings}) tokens");
        errors.Require(
            Batching.TokensPerStep % longest == 0, "batching.tokens_per_step", Batching.TokensPerStep, $"a multiple of the longest row, 2^decomposition.max_exponent = {longest}");
        ValidateSources("batching", Batching.SourceWeights, areAllNamed: true, errors);
        ValidateSources("batching", Batching.MaxEpochsBySource, areAllNamed: false, errors, "max_epochs_by_source");
        foreach (var (i, phase) in Batching.Phases.Index())
        {
            ValidateSources($"batching.phases.{i}", phase.SourceWeights, areAllNamed: true, errors);
        }
    }

    // Weights name the corpus' sources, which is known long before there are shards.
    private void ValidateSources<T>(string path, IReadOnlyDictionary<string, T> named, bool areAllNamed, ConfigurationErrors errors, string key = "source_weights")
    {
        var sources = Corpus.Sources.Select(source => source.Name).ToList();
        foreach (var (name, value) in named)
        {
            errors.Require(sources.Contains(name), $"{path}.{key}.{name}", value, $"for one of corpus.sources ({string.Join(", ", sources)})");
        }

        var missing = sources.Where(name => !named.ContainsKey(name)).ToList();
        errors.Require(!areAllNamed || named.Count == 0 || missing.Count == 0, $"{path}.{key}", $"for {string.Join(", ", named.Keys)}", $"for all of corpus.sources: {string.Join(", ", missing)} has no weight; 0 leaves it out");
    }
}
