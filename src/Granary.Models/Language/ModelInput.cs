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

    /// <summary>Positions T of a row that are read here.</summary>
    public long Length => Ids_BT.size(1);

    /// <summary>Positions of the whole row, of which a rank of a sequence axis reads some.</summary>
    public long RowLength => Mask.Slice?.Length ?? Length;

    /// <summary>Where in the whole row the positions are, [T], in the caller's dispose scope; null where they are 0 to T - 1.</summary>
    internal Tensor? Columns_T()
    {
        return Mask.Slice is { } slice ? torch.tensor(Array.ConvertAll(slice.Columns(), column => (long)column)) : null;
    }
}
