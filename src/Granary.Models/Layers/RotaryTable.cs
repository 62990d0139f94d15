using Granary.Models.Language;
using Granary.Torch;

namespace Granary.Models.Layers;

/// <summary>
/// Cosines and sines of the rotary angles position * theta^(-2i/D), computed in double and kept in fp32: [T, D/2] each
/// (Su et al., arXiv 2104.09864, in the half-against-half form Hugging Face stores).
/// </summary>
public sealed class RotaryTable : IDisposable
{
    private readonly Tensor _cos_TR;
    private readonly Tensor _sin_TR;

    /// <summary>Computes the table for all positions below a bound.</summary>
    public RotaryTable(int positions, int headDim, double theta)
    {
        var half = headDim / 2;
        var cos = new float[(long)positions * half];
        var sin = new float[(long)positions * half];
        for (var position = 0; position < positions; position++)
        {
            for (var pair = 0; pair < half; pair++)
            {
                var angle = position * Math.Pow(theta, -2.0 * pair / headDim);
                cos[(position * half) + pair] = (float)Math.Cos(angle);
                sin[(position * half) + pair] = (float)Math.Sin(angle);
            }
        }

        _cos_TR = torch.tensor(cos, [positions, half]).DetachFromDisposeScope();
        _sin_TR = torch.tensor(sin, [positions, half]).DetachFromDisposeScope();
    }

    /// <summary>The rows of positions start to start + length - 1.</summary>
    public RotaryRows Rows(long start, long length)
    {
        return new RotaryRows(_cos_TR.narrow(0, start, length), _sin_TR.narrow(0, start, length));
    }

    /// <summary>The rows of positions [T], in any order.</summary>
    public RotaryRows Rows(Tensor positions_T)
    {
        return new RotaryRows(_cos_TR.index_select(0, positions_T), _sin_TR.index_select(0, positions_T));
    }

    /// <summary>The rows of an input's positions.</summary>
    internal RotaryRows Rows(ModelInput input)
    {
        return input.Columns_T() is { } columns_T ? Rows(columns_T) : Rows(0, input.Length);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _cos_TR.Dispose();
        _sin_TR.Dispose();
    }
}
