namespace Granary.Pipelines.Corpus.Splits;

/// <summary>Parts of the files of one source that follow one another, small enough to be worked on at one go.</summary>
/// <param name="Source">The source's index.</param>
/// <param name="File">The file of the source's, in the order of reading, that holds the first part.</param>
/// <param name="Part">The first part's index in its file.</param>
/// <param name="Parts">How many parts it has, in this file and those behind it.</param>
public sealed record CorpusSplit(int Source, int File, int Part, int Parts);
