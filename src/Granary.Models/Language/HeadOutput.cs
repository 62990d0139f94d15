using Granary.Torch;

namespace Granary.Models.Language;

/// <summary>What a head says.</summary>
/// <param name="Rows_MC">A row for each of its targets, ready for the unembedding.</param>
/// <param name="States">What the next head reads: the same states, or this head's own where heads form a chain.</param>
public readonly record struct HeadOutput(Tensor Rows_MC, TrunkStates States);
