using Granary.Torch;
using Granary.Torch.Modules;

namespace Granary.Distributed.Units;

/// <summary>The parts of a model that are gathered and reduced as one each. What is named nowhere is read in front of the blocks.</summary>
/// <param name="Blocks">The blocks, each between hooks, in the order of forward; backward goes through them in the reverse order.</param>
/// <param name="TrunkBlocks">How many of them, from the first on, backward enters after everything behind them is run back.</param>
/// <param name="Heads">Further modules, without hooks, behind the trunk.</param>
/// <param name="Unembedding">Parameters of none of these that are read behind the trunk only.</param>
public sealed record ModelUnits(IReadOnlyList<Module> Blocks, int TrunkBlocks, IReadOnlyList<Module> Heads, IReadOnlyList<Tensor> Unembedding)
{
    /// <summary>A model without blocks: all parameters are one part.</summary>
    public static ModelUnits None { get; } = new([], 0, [], []);
}
