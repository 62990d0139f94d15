using Granary.Torch.Native;

namespace Granary.Torch;

/// <summary>
/// Frees the handle of a tensor that belongs to no scope when nobody can reach it. Apart from <see cref="Tensor"/>,
/// because an object with a finalizer costs about as much to create as a small operator call.
/// </summary>
internal sealed class TensorKeeper(nint handle)
{
    private nint _handle = handle;

    ~TensorKeeper()
    {
        Free();
    }

    /// <summary>Gives the handle up without freeing it.</summary>
    internal void Forget()
    {
        _handle = 0;
        GC.SuppressFinalize(this);
    }

    private void Free()
    {
        if (_handle != 0)
        {
            NativeMethods.gn_tensor_free(_handle);
            _handle = 0;
        }
    }
}
