using System.Globalization;

namespace Granary.Pipelines.Native.XGBoost;

/// <summary>Boosted trees that grow one at a time. Used by one thread at a time.</summary>
internal sealed unsafe class XGBoostModel : IDisposable
{
    private readonly BoosterHandle _handle;
    private int _trees;

    /// <summary>Begins a model without trees. The matrices are those it is fitted to and watched on: XGBoost keeps its predictions of these.</summary>
    /// <exception cref="XGBoostException">The library is missing, or a parameter is not one of its own.</exception>
    public XGBoostModel(IReadOnlyDictionary<string, string> parameters, params ReadOnlySpan<XGBoostMatrix> matrices)
    {
        var handles = stackalloc nint[Math.Max(1, matrices.Length)];
        for (var i = 0; i < matrices.Length; i++)
        {
            handles[i] = matrices[i].Handle.DangerousGetHandle();
        }

        XGBoostException.ThrowIfFailed(NativeMethods.XGBoosterCreate(handles, (ulong)matrices.Length, out var booster));
        _handle = new BoosterHandle(booster);
        foreach (var (name, value) in parameters)
        {
            XGBoostException.ThrowIfFailed(NativeMethods.XGBoosterSetParam(_handle, name, value));
        }
    }

    /// <summary>Adds a tree.</summary>
    public void Grow(XGBoostMatrix matrix)
    {
        XGBoostException.ThrowIfFailed(NativeMethods.XGBoosterUpdateOneIter(_handle, _trees, matrix.Handle));
        _trees++;
    }

    /// <summary>What the first trees predict of each row, or all of them where their number is 0.</summary>
    public float[] Predict(XGBoostMatrix matrix, int trees = 0)
    {
        var config = string.Create(CultureInfo.InvariantCulture, $$"""{"type": 0, "training": false, "iteration_begin": 0, "iteration_end": {{trees}}, "strict_shape": false}""");
        ulong* shape;
        ulong dimensions;
        float* predictions;
        XGBoostException.ThrowIfFailed(NativeMethods.XGBoosterPredictFromDMatrix(_handle, matrix.Handle, config, &shape, &dimensions, &predictions));
        return new ReadOnlySpan<float>(predictions, matrix.Count).ToArray();
    }

    public void Dispose()
    {
        _handle.Dispose();
    }
}
