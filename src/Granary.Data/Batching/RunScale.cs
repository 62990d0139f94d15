namespace Granary.Data.Batching;

/// <summary>
/// What makes a short run a likeness of a long one in small: fewer steps, over so much less of every group of rows that each
/// is repeated as often. How often that is has no limit.
/// </summary>
/// <param name="Steps">Steps of the run, whatever its rows would give.</param>
/// <param name="RowShare">The share of the rows of every source, cluster and length that may be used, at least one row; above 0, up to 1.</param>
public sealed record RunScale(long Steps, double RowShare);
