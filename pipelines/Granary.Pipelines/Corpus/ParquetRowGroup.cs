namespace Granary.Pipelines.Corpus;

/// <summary>The rows of a Parquet file that are stored together.</summary>
/// <param name="FirstRow">The number of its first row in the file, from 0.</param>
/// <param name="Rows">How many rows it has.</param>
/// <param name="Bytes">What its columns take up in the file.</param>
internal readonly record struct ParquetRowGroup(long FirstRow, long Rows, long Bytes)
{
    /// <summary>The number of the row behind its last.</summary>
    public long EndRow => FirstRow + Rows;
}
