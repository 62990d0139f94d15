using System.Globalization;
using System.Runtime.CompilerServices;
using Granary.Core.Configuration;
using Granary.Pipelines.Climb.Embedding;

namespace Granary.Cli.Mixtures;

/// <summary>The mean hidden state of a model that Granary trained or can read.</summary>
public sealed record HiddenStateConfig : EmbeddingConfig
{
    internal const string Name = "hidden-state";

    /// <summary>The model's folder: a run, a checkpoint, or a Hugging Face folder with its tokenizer.</summary>
    public required string Model { get; init; }

    /// <summary>Tokens of a document that the model reads, from its beginning; no more than it takes. Default 512.</summary>
    public int MaxTokens { get; init; } = 512;

    /// <summary>Documents the model reads at a time. Default 16.</summary>
    public int DocumentsPerCall { get; init; } = 16;

    /// <inheritdoc/>
    public override string Identity => string.Create(
        CultureInfo.InvariantCulture, $"{Name} 1 bytes={MaxBytes} tokens={MaxTokens} documents={DocumentsPerCall} model={ModelFiles.Sha256(Model)}");

    /// <inheritdoc/>
    public override IDocumentEmbedder Create(int threads) => new HiddenStateEmbedder(this, threads);

    /// <inheritdoc/>
    public override void Validate(string path, ConfigurationErrors errors)
    {
        base.Validate(path, errors);
        errors.Require(MaxTokens > 0, $"{path}.max_tokens", MaxTokens, "greater than 0");
        errors.Require(DocumentsPerCall > 0, $"{path}.documents_per_call", DocumentsPerCall, "greater than 0");
    }

    // The pipelines do not know models, so the section learns of this variant here.
    [ModuleInitializer]
    internal static void Register()
    {
        ConfigVariants.Register<EmbeddingConfig, HiddenStateConfig>(Name);
    }
}
