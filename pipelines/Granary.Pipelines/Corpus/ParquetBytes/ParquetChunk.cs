namespace Granary.Pipelines.Corpus.ParquetBytes;

/// <summary>The pages of one column in a row group, which stand one behind the other.</summary>
/// <param name="RowGroup">Which row group, from 0.</param>
/// <param name="Column">The column, with the fields within it behind commas.</param>
/// <param name="Start">The byte of the file that they begin at.</param>
/// <param name="Bytes">How many there are, headers included.</param>
internal sealed record ParquetChunk(int RowGroup, string Column, long Start, long Bytes);
