using Granary.Torch.Native;

namespace Granary.Torch;

/// <summary>
/// Frees the handle of a tensor that belongs to no scope when nobody can reach it. Apart from <see cref="Tensor"/>,
/// because an object with a finalizer costs about as much to create as a small operator call.
/// </summary>
internal sealed class TensorKeeper
{
    // Below this the managed objects themselves bring the collector often enough.
    private const long SmallestCounted = 16 * 1_024;
    private const long SmallestLimit = 256L << 20;

    // Bytes of all tensors that are kept, and how many there may be before the collector is called. To the collector a
    // tensor of a gigabyte looks as small as one of four bytes, and memory pressure alone does not wait for finalizers.
    private static long _kept;
    private static long _limit = SmallestLimit;

    private readonly long _bytes;
    private nint _handle;

    internal TensorKeeper(nint handle)
    {
        _handle = handle;
        _bytes = BytesOf(handle);
        if (_bytes > 0 && Interlocked.Add(ref _kept, _bytes) > Volatile.Read(ref _limit))
        {
            Collect();
        }
    }

    ~TensorKeeper()
    {
        if (_handle != 0)
        {
            Interlocked.Add(ref _kept, -_bytes);
            NativeMethods.gn_tensor_free(_handle);
            _handle = 0;
        }
    }

    /// <summary>Gives the handle up without freeing it.</summary>
    internal void Forget()
    {
        _handle = 0;
        Interlocked.Add(ref _kept, -_bytes);
        GC.SuppressFinalize(this);
    }

    private static unsafe long BytesOf(nint handle)
    {
        NativeLayout layout;
        NativeStatus.Check(NativeMethods.gn_tensor_get_layout(handle, &layout));
        return layout.DeviceType == (int)DeviceType.Meta || layout.Bytes < SmallestCounted ? 0 : layout.Bytes;
    }

    // What is still kept afterwards is in use; the next call is due when as much has come on top of it.
    private static void Collect()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        Volatile.Write(ref _limit, Math.Max(SmallestLimit, 2 * Interlocked.Read(ref _kept)));
    }
}
