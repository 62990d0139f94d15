using Granary.Torch.Native;

namespace Granary.Torch;

/// <summary>
/// Frees the handle of a tensor that belongs to no scope when nobody can reach it. Apart from <see cref="Tensor"/>,
/// because an object with a finalizer costs about as much to create as a small operator call.
/// </summary>
internal sealed class TensorKeeper
{
    // Below this the managed objects themselves bring the collector often enough.
    private const long SmallestPressure = 16 * 1_024;

    // What the collector is told: to it a tensor of a gigabyte looks as small as one of four bytes.
    private readonly long _pressure;

    private nint _handle;

    internal TensorKeeper(nint handle)
    {
        _handle = handle;
        _pressure = BytesOf(handle);
        if (_pressure > 0)
        {
            GC.AddMemoryPressure(_pressure);
        }
    }

    ~TensorKeeper()
    {
        if (_handle != 0)
        {
            RemovePressure();
            NativeMethods.gn_tensor_free(_handle);
            _handle = 0;
        }
    }

    /// <summary>Gives the handle up without freeing it.</summary>
    internal void Forget()
    {
        _handle = 0;
        RemovePressure();
        GC.SuppressFinalize(this);
    }

    private static unsafe long BytesOf(nint handle)
    {
        NativeLayout layout;
        NativeStatus.Check(NativeMethods.gn_tensor_get_layout(handle, &layout));
        return layout.DeviceType == (int)DeviceType.Meta || layout.Bytes < SmallestPressure ? 0 : layout.Bytes;
    }

    private void RemovePressure()
    {
        if (_pressure > 0)
        {
            GC.RemoveMemoryPressure(_pressure);
        }
    }
}
