using Granary.Data.Shards;

namespace Granary.Data.Batching;

/// <summary>Some rows of a batch: [rows, length] ids, row after row. It dies with its batch.</summary>
/// <param name="Rows">Rows in the slice.</param>
/// <param name="Length">Ids in each row.</param>
/// <param name="Tokens">The inputs.</param>
/// <param name="Targets">The id behind each input; <see cref="TokenBatch.IgnoredTarget"/> where there is none.</param>
/// <param name="Provenance">Where each row comes from.</param>
/// <param name="Segments">The segment of each input, a position sees no other; 0 for padding. Empty where each row is one segment.</param>
/// <param name="Positions">The position of each input. Empty where they count from 0 in each row.</param>
/// <param name="FirstRow">The first row's number in the step, over all shares.</param>
public readonly record struct BatchSlice(
    int Rows,
    int Length,
    ReadOnlyMemory<long> Tokens,
    ReadOnlyMemory<long> Targets,
    ReadOnlyMemory<RowProvenance> Provenance,
    ReadOnlyMemory<int> Segments = default,
    ReadOnlyMemory<long> Positions = default,
    int FirstRow = 0);
