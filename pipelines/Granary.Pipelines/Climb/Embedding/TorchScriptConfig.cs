using System.Globalization;
using Granary.Core.Configuration;

namespace Granary.Pipelines.Climb.Embedding;

/// <summary>A TorchScript module that maps token ids to vectors, with its tokenizer.</summary>
/// <remarks>
/// The module is called with ids [documents, tokens] as int64 and, where it takes a second argument, a mask of the same
/// shape: 1 for tokens, 0 for padding. It returns one vector a document, or one a token, whose mean is taken; of a tuple or a
/// dictionary the first tensor counts.
/// </remarks>
public sealed record TorchScriptConfig : EmbeddingConfig
{
    internal const string Name = "torchscript";

    /// <summary>The module's file, as torch.jit.save writes it.</summary>
    public required string Module { get; init; }

    /// <summary>Its tokenizer.json.</summary>
    public required string Tokenizer { get; init; }

    /// <summary>Tokens of a document that the module sees, from its beginning. Default 512.</summary>
    public int MaxTokens { get; init; } = 512;

    /// <summary>Documents in a call of the module. Default 32.</summary>
    public int DocumentsPerCall { get; init; } = 32;

    /// <inheritdoc/>
    public override string Identity => string.Create(
        CultureInfo.InvariantCulture,
        $"{Name} 1 bytes={MaxBytes} tokens={MaxTokens} documents={DocumentsPerCall} module={NamedFile.Sha256(Module)} tokenizer={NamedFile.Sha256(Tokenizer)}");

    /// <inheritdoc/>
    public override IDocumentEmbedder Create(int threads) => new TorchScriptEmbedder(this, threads);

    /// <inheritdoc/>
    public override void Validate(string path, ConfigurationErrors errors)
    {
        base.Validate(path, errors);
        errors.Require(MaxTokens > 0, $"{path}.max_tokens", MaxTokens, "greater than 0");
        errors.Require(DocumentsPerCall > 0, $"{path}.documents_per_call", DocumentsPerCall, "greater than 0");
    }
}
