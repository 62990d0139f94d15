using Granary.Data.Shards;

namespace Granary.Data.Batching;

/// <summary>
/// Fills a row of a batch: ids, the id behind each or <see cref="TokenBatch.IgnoredTarget"/>, and the segment of each, 0 for
/// padding; says where the row comes from.
/// </summary>
public delegate RowProvenance RowFill(int row, Span<long> tokens, Span<long> targets, Span<int> segments);
