using Granary.Torch;

namespace Granary.Models.Decoder;

/// <summary>One tensor of a foreign checkpoint, and the rows of the decoder's own tensor that it fills.</summary>
/// <param name="Name">The foreign name.</param>
/// <param name="Own">The name in the decoder's <c>state_dict()</c>.</param>
/// <param name="RowStart">The first row of the own tensor.</param>
/// <param name="RowCount">How many rows.</param>
/// <param name="IsTransposed">Whether the foreign tensor is [in, out] where the own one is [out, in].</param>
public sealed record StateSlice(string Name, string Own, long RowStart, long RowCount, bool IsTransposed = false)
{
    /// <summary>The own tensor's part in the foreign shape; shares memory, so that copying into it fills the model.</summary>
    public Tensor View(IReadOnlyDictionary<string, Tensor> state)
    {
        var rows = state[Own].narrow(0, RowStart, RowCount);
        return IsTransposed ? rows.t() : rows;
    }
}
