using Granary.Torch;
using Granary.Torch.Kernels;

namespace Granary.Models.Language;

/// <summary>What a model reads in one call.</summary>
/// <param name="Ids_BT">The tokens.</param>
/// <param name="Mask">Which positions see which.</param>
/// <param name="Positions_BT">Positions for a model that learns a vector for each; null where they count from 0. Rotary scores depend on distances only.</param>
public sealed record ModelInput(Tensor Ids_BT, AttentionMask Mask, Tensor? Positions_BT = null)
{
    /// <summary>Rows B.</summary>
    public long Rows => Ids_BT.size(0);

    /// <summary>Positions T of a row.</summary>
    public long Length => Ids_BT.size(1);
}
