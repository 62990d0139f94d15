using System.Runtime.InteropServices;

namespace Granary.Torch.Native;

/// <summary>Turns a status into a <see cref="TorchException"/>.</summary>
internal static class NativeStatus
{
    private const int Ok = 0;

    /// <summary>Throws with the library's reason unless the status is good.</summary>
    internal static void Check(int status)
    {
        if (status != Ok)
        {
            Throw();
        }
    }

    // Apart, so that Check is inlined.
    private static unsafe void Throw()
    {
        var message = Marshal.PtrToStringUTF8((nint)NativeMethods.gn_error_last()) ?? string.Empty;
        var inner = AutogradCallbacks.TakeException(NativeMethods.gn_error_cause());
        throw new TorchException(message.TrimEnd('\n'), inner);
    }
}
