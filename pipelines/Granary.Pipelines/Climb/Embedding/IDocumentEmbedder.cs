using Granary.Core.Randomness;

namespace Granary.Pipelines.Climb.Embedding;

/// <summary>Turns texts into vectors that lie close together where the texts are alike.</summary>
public interface IDocumentEmbedder : IDisposable
{
    /// <summary>Numbers in a vector; known once it is fitted.</summary>
    int Dimensions { get; }

    /// <summary>Whether it learns from a sample of the texts before it embeds any.</summary>
    bool NeedsFit { get; }

    /// <summary>Learns from a sample. What it learns depends on the sample's order and the key, not on the number of threads.</summary>
    void Fit(IReadOnlyList<ReadOnlyMemory<byte>> sample, RandomKey key, CancellationToken cancellationToken);

    /// <summary>
    /// The vectors of texts in UTF-8, one row behind the other. A text's vector depends on nothing else; its length may be
    /// any, and is 0 only for a text that says nothing.
    /// </summary>
    float[] Embed(IReadOnlyList<ReadOnlyMemory<byte>> texts, CancellationToken cancellationToken);

    /// <summary>Writes what was learned to a folder that is there.</summary>
    void Save(string folder);

    /// <summary>Takes up what <see cref="Save"/> wrote, in place of <see cref="Fit"/>.</summary>
    /// <exception cref="Core.CorpusException">The files are missing, damaged, or of other settings.</exception>
    void Load(string folder);
}
