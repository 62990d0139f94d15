using System.Runtime.InteropServices;

namespace Granary.Pipelines.Native.Compression;

/// <summary>A bz_stream in memory of its own, ready to unpack.</summary>
internal sealed unsafe class Bzip2StreamHandle : SafeHandle
{
    public Bzip2StreamHandle()
        : base(0, ownsHandle: true)
    {
        SetHandle((nint)NativeMemory.AllocZeroed((nuint)sizeof(NativeBzip2Stream)));
        Begin();
    }

    public override bool IsInvalid => handle == 0;

    /// <summary>The stream; valid as long as the handle is.</summary>
    public NativeBzip2Stream* Stream => (NativeBzip2Stream*)handle;

    /// <summary>Ends what was unpacked and begins anew.</summary>
    public void Restart()
    {
        _ = NativeMethods.BZ2_bzDecompressEnd(Stream);
        Begin();
    }

    protected override bool ReleaseHandle()
    {
        _ = NativeMethods.BZ2_bzDecompressEnd(Stream);
        NativeMemory.Free(Stream);
        return true;
    }

    private void Begin()
    {
        if (NativeMethods.BZ2_bzDecompressInit(Stream, verbosity: 0, small: 0) != 0)
        {
            throw new OutOfMemoryException("libbz2 could not get the memory to unpack.");
        }
    }
}
