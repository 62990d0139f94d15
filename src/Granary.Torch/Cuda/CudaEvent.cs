using Granary.Torch.Native;

namespace Granary.Torch.Cuda;

/// <summary>A point in what the GPU was given, for timing.</summary>
public sealed unsafe class CudaEvent : IDisposable
{
    private readonly CudaEventHandle _handle;

    private CudaEvent(nint handle)
    {
        _handle = new CudaEventHandle(handle);
    }

    /// <summary>Marks where the current stream stands.</summary>
    public static CudaEvent Record()
    {
        nint handle;
        NativeStatus.Check(NativeMethods.gn_cuda_event_record(&handle));
        return new CudaEvent(handle);
    }

    /// <summary>Waits for this point and tells the milliseconds since an earlier one.</summary>
    public double MillisecondsSince(CudaEvent earlier)
    {
        double milliseconds;
        NativeStatus.Check(NativeMethods.gn_cuda_event_elapsed(earlier._handle.DangerousGetHandle(), _handle.DangerousGetHandle(), &milliseconds));
        GC.KeepAlive(earlier);
        GC.KeepAlive(this);
        return milliseconds;
    }

    /// <inheritdoc/>
    public void Dispose() => _handle.Dispose();
}
