using System.Runtime.InteropServices;

namespace Granary.Pipelines.Native.Compression;

/// <summary>ZSTD_DCtx.</summary>
internal sealed class ZstdContextHandle : SafeHandle
{
    public ZstdContextHandle(nint handle)
        : base(0, ownsHandle: true)
    {
        SetHandle(handle);
    }

    public override bool IsInvalid => handle == 0;

    protected override bool ReleaseHandle()
    {
        _ = NativeMethods.ZSTD_freeDCtx(handle);
        return true;
    }
}
