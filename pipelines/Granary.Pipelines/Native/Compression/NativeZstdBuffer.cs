using System.Runtime.InteropServices;

namespace Granary.Pipelines.Native.Compression;

/// <summary>ZSTD_inBuffer and ZSTD_outBuffer.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct NativeZstdBuffer
{
    public byte* Bytes;
    public nuint Length;
    public nuint Position;
}
