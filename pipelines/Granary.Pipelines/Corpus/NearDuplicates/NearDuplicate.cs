namespace Granary.Pipelines.Corpus.NearDuplicates;

/// <summary>A document to drop and the one it nearly equals, both by their place in the corpus, counted from 0.</summary>
/// <param name="Document">The document to drop.</param>
/// <param name="Original">The first document of those that are nearly the same; always before the other.</param>
public readonly record struct NearDuplicate(long Document, long Original);
