using Granary.Core.Configuration;
using Granary.Core.Runs;
using Granary.Distributed;
using Granary.Models.Generation.Masked;
using Granary.Models.Language;
using Granary.Models.Past;
using Granary.Pipelines.Mazes;
using Granary.Training;
using Granary.Training.Objectives;
using Granary.Training.Objectives.Hiding;
using Granary.Training.Optimizers;

namespace Granary.Cli.Mazes;

/// <summary>A run on mazes, from their generation to a measured model: what one YAML file with a section 'mazes' says.</summary>
public sealed record MazeRunConfig : IConfigSection
{
    /// <summary>The run's name, and its folder's below runs/. Letters, digits, '.', '_' and '-'.</summary>
    public required string Name { get; init; }

    /// <summary>Where all random numbers of the run begin, those of the mazes too. Default 1.</summary>
    public long Seed { get; init; } = 1;

    /// <summary>The mazes.</summary>
    public required MazeDataConfig Mazes { get; init; }

    /// <summary>The model; vocab_size 0 is that of the mazes. Default: an encoder-decoder asked by a query.</summary>
    public ModelConfig Model { get; init; } = new PastConfig();

    /// <summary>What it learns. Default: hidden tokens of the path.</summary>
    public ObjectiveConfig Objective { get; init; } = new MlmUConfig();

    /// <summary>How gradients become updates. Default: AdamW.</summary>
    public OptimizerConfig Optimizer { get; init; } = new AdamWConfig();

    /// <summary>How many steps, in what portions, with what kept.</summary>
    public TrainingConfig Training { get; init; } = new();

    /// <summary>How several ranks share the work. Default: each takes its rows and holds the whole training state.</summary>
    public ParallelConfig Parallel { get; init; } = new();

    /// <summary>How the model is measured.</summary>
    public MazeEvaluationConfig Evaluation { get; init; } = new();

    /// <summary>No maze of the kind and size, with its solution, has more tokens.</summary>
    public int LongestRow
    {
        get
        {
            // Passages of a tree, or the most walls, three tokens each; then start, goal, words, and a path through all cells.
            var cells = Mazes.Size * Mazes.Size;
            return Mazes.ToKind() == MazeKind.Dfs ? (3 * (cells - 1)) + 9 + cells + 1 : 7 + (15 * (cells / 10)) + (3 * cells) + 2;
        }
    }

    /// <summary>How the trained model is asked for a token.</summary>
    public PositionAsk Ask => Objective switch
    {
        MlmUConfig { Hidden: HiddenForm.Query } => PositionAsk.Query,
        MlmUConfig => PositionAsk.MaskToken,
        _ => PositionAsk.Before,
    };

    /// <summary>Whether a file describes a run on mazes, rather than one on text.</summary>
    public static bool IsIn(string path)
    {
        return File.Exists(path) && File.ReadLines(path).Any(line => line.StartsWith("mazes:", StringComparison.Ordinal));
    }

    /// <summary>The objective, whose mask token is the mazes' own.</summary>
    public IObjective BuildObjective(MazeVocabulary vocabulary)
    {
        return Objective is MlmUConfig hiding ? hiding.BuildFor(hiding.Hidden == HiddenForm.MaskToken ? vocabulary.Mask : null) : Objective.Build();
    }

    /// <inheritdoc/>
    public void Validate(string path, ConfigurationErrors errors)
    {
        RunFolder.CheckName(Name, "name", errors);
        Mazes.Validate("mazes", errors);
        Model.Validate("model", errors);
        Objective.Validate("objective", errors);
        Optimizer.Validate("optimizer", errors);
        Training.Validate("training", errors);
        Parallel.Validate("parallel", errors);
        Evaluation.Validate("evaluation", errors);
        errors.Require(Training.Steps > 0, "training.steps", Training.Steps, "greater than 0: mazes do not come to an end");
        errors.Require(Training.TimeBudget == TimeSpan.Zero, "training.time_budget", Training.TimeBudget, "0: a run on mazes takes training.steps steps");
        errors.Require(
            Training.ActivationCheckpointing != ActivationCheckpointing.Auto, "training.activation_checkpointing", "auto", "none, selective or full: runs on mazes are not planned");
        errors.Require(
            Objective is MlmUConfig || Objective.SpecialTokens.Count == 0, "objective.type", Objective.TypeName, "one that writes no tokens of its own into the rows (mlm-u, next-token, multi-token)");
        errors.Require(
            LongestRow <= Model.MaxPositionEmbeddings, "model.max_position_embeddings", Model.MaxPositionEmbeddings, $"{LongestRow} or more, the longest row that mazes of this size can have");
        Objective.ValidateWith(LongestRow, Model, "objective", errors);
    }
}
