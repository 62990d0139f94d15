using System.Text;
using Granary.Checkpoints.Sharded;
using Granary.Cli.Stages;
using Granary.Core.Configuration;
using Granary.Core.Randomness;
using Granary.Models.Language;
using Granary.Pipelines.Mazes;

namespace Granary.Cli.Mazes;

/// <summary>A model that was trained on mazes, out of a run or a checkpoint.</summary>
/// <param name="Config">Its run's configuration.</param>
/// <param name="Vocabulary">The tokens of its mazes.</param>
/// <param name="Model">The model.</param>
internal sealed record TrainedMazeModel(MazeRunConfig Config, MazeVocabulary Vocabulary, LanguageModel Model) : IDisposable
{
    internal const string ConfigFileName = "config.yaml";

    /// <summary>Opens a run's newest checkpoint, or a checkpoint.</summary>
    /// <exception cref="StageException">The folder is neither, or of a run on text.</exception>
    internal static TrainedMazeModel Open(string folder)
    {
        var path = CheckpointReader.FindLatest(folder) ?? (File.Exists(Path.Combine(folder, CheckpointManifest.FileName)) ? folder : null);
        if (path is null || !MazeRunConfig.IsIn(Path.Combine(path, ConfigFileName)))
        {
            throw new StageException("model", $"Folder '{folder}' is no run on mazes with a checkpoint; name one that 'granary mazes train' made.");
        }

        var checkpoint = CheckpointReader.Open(path);
        var config = ConfigurationFile.Parse<MazeRunConfig>(Encoding.UTF8.GetString(checkpoint.ReadFile(ConfigFileName)), Path.Combine(path, ConfigFileName));
        var vocabulary = new MazeVocabulary(config.Mazes.ToKind(), config.Mazes.Size);
        var model = Build(config, vocabulary);
        checkpoint.Load("model", model.named_parameters());
        return new TrainedMazeModel(config, vocabulary, model);
    }

    /// <summary>A run's model at its beginning.</summary>
    internal static LanguageModel Build(MazeRunConfig config, MazeVocabulary vocabulary)
    {
        return config.Model.Build(
            vocabulary.PaddedCount, config.Objective.Needs.Ahead, RandomKey.FromSeed(config.Seed).Use("model"), ModelBuilder.Kernels(config.Training.FusedKernels, config.Training.Precision));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Model.Dispose();
    }
}
