using Granary.Core.Configuration;

namespace Granary.Pipelines.Climb.Embedding;

/// <summary>How documents become vectors; <c>type:</c> names the method.</summary>
[ConfigVariant(HashedNgramsConfig.Name, typeof(HashedNgramsConfig))]
[ConfigVariant(TorchScriptConfig.Name, typeof(TorchScriptConfig))]
public abstract record EmbeddingConfig : IConfigSection
{
    /// <summary>Bytes of a document that are looked at, from its beginning. Default 4,096; 0 takes all.</summary>
    public int MaxBytes { get; init; } = 4_096;

    /// <summary>Documents behind which what is embedded is published, so that a killed stage goes on there. Default 16,384.</summary>
    public int DocumentsPerPart { get; init; } = 16_384;

    /// <summary>Documents drawn from all to learn from, where the method learns. Default 10,000.</summary>
    public int FitDocuments { get; init; } = 10_000;

    /// <summary>Everything that decides the vectors, as text: settings, and the hashes of files they name.</summary>
    public abstract string Identity { get; }

    /// <summary>What makes the vectors; still to be fitted where it learns.</summary>
    /// <param name="threads">Threads to work with.</param>
    public abstract IDocumentEmbedder Create(int threads);

    /// <inheritdoc/>
    public virtual void Validate(string path, ConfigurationErrors errors)
    {
        errors.Require(MaxBytes >= 0, $"{path}.max_bytes", MaxBytes, "0 (all) or more");
        errors.Require(DocumentsPerPart > 0, $"{path}.documents_per_part", DocumentsPerPart, "greater than 0");
        errors.Require(FitDocuments > 0, $"{path}.fit_documents", FitDocuments, "greater than 0");
    }
}
