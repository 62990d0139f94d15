using System.Text;
using Granary.Checkpoints.HuggingFace;
using Granary.Checkpoints.Sharded;
using Granary.Core.Configuration;
using Granary.Data.Tokenization;
using Granary.Models.Decoder;
using Granary.Models.Language;

namespace Granary.Cli.Stages;

/// <summary>A model with its tokenizer, out of a run, a checkpoint or a Hugging Face folder.</summary>
/// <param name="Model">The model.</param>
/// <param name="Config">What it was built from, its vocabulary filled in.</param>
/// <param name="Tokenizer">Its tokenizer.</param>
/// <param name="TokenizerPath">The tokenizer's file.</param>
internal sealed record TrainedModel(LanguageModel Model, ModelConfig Config, Tokenizer Tokenizer, string TokenizerPath) : IDisposable
{
    private const string ConfigFileName = "config.yaml";
    private const string TokenizerFileName = "tokenizer.json";

    /// <summary>Identifies the weights: what the stages behind training hang on.</summary>
    public required string Hash { get; init; }

    /// <summary>The model of a finished run.</summary>
    internal static TrainedModel Load(RunContext context, Tokenizer tokenizer)
    {
        var path = CheckpointReader.FindLatest(context.Folder.Path)
            ?? throw new StageException(TrainStage.Name, $"Run '{context.Config.Name}' has no checkpoint yet; train it first.");
        return OpenCheckpoint(path, context.Config, tokenizer);
    }

    /// <summary>Opens a folder: a checkpoint, a run (its newest checkpoint), or a Hugging Face folder.</summary>
    /// <exception cref="StageException">The folder is none of these, or has no tokenizer.</exception>
    internal static TrainedModel Open(string folder)
    {
        if (CheckpointReader.FindLatest(folder) is { } latest)
        {
            return OpenCheckpoint(latest);
        }

        if (File.Exists(Path.Combine(folder, CheckpointManifest.FileName)))
        {
            return OpenCheckpoint(folder);
        }

        return File.Exists(Path.Combine(folder, "config.json"))
            ? OpenHuggingFace(folder)
            : throw new StageException("model", $"Folder '{folder}' is no run, no checkpoint and no Hugging Face folder; name a run's folder, one of its checkpoints, or a folder with config.json.");
    }

    /// <summary>The model as a decoder, for what only decoders can do.</summary>
    /// <exception cref="StageException">It is none.</exception>
    internal DecoderModel Decoder(string stage)
    {
        return Model as DecoderModel ?? throw new StageException(stage, $"The model is of kind '{Model.GetType().Name}' but stage '{stage}' takes decoders (gpt2, llama) only.");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Model.Dispose();
    }

    private static TrainedModel OpenCheckpoint(string folder)
    {
        var checkpoint = CheckpointReader.Open(folder);
        var config = ConfigurationFile.Parse<RunConfig>(Encoding.UTF8.GetString(checkpoint.ReadFile(ConfigFileName)), Path.Combine(folder, ConfigFileName));
        return OpenCheckpoint(folder, config, Tokenizer.Load(Path.Combine(folder, TokenizerFileName)));
    }

    private static TrainedModel OpenCheckpoint(string folder, RunConfig config, Tokenizer tokenizer)
    {
        var checkpoint = CheckpointReader.Open(folder);
        var model = ModelBuilder.Build(config, tokenizer.VocabularySize);
        checkpoint.Load("model", model.named_parameters());
        return new TrainedModel(model, config.Model with { VocabSize = model.Spec.VocabSize }, tokenizer, Path.Combine(folder, TokenizerFileName))
        {
            Hash = checkpoint.Manifest.Digest,
        };
    }

    private static TrainedModel OpenHuggingFace(string folder)
    {
        var reader = HuggingFaceFolderReader.Open(folder);
        var path = reader.TokenizerPath
            ?? throw new StageException("model", $"Folder '{folder}' holds a model but no tokenizer.json; put the model's tokenizer beside it.");
        return new TrainedModel(reader.ReadModel(ModelBuilder.Kernels(areFused: true)), reader.Config, Tokenizer.Load(path), path) { Hash = reader.Folder };
    }
}
