namespace Granary.Pipelines.Climb.Embedding;

/// <summary>The elements of a row that are not zero.</summary>
/// <param name="Columns">Their columns, ascending.</param>
/// <param name="Values">The elements.</param>
internal readonly record struct SparseRow(int[] Columns, float[] Values);
