namespace Granary.Pipelines.Corpus;

/// <summary>The rows of a Parquet file that are stored together.</summary>
/// <param name="Rows">How many there are.</param>
/// <param name="Start">The byte they begin at.</param>
internal readonly record struct ParquetRowGroup(long Rows, long Start);
