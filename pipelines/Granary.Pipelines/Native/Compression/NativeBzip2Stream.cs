using System.Runtime.InteropServices;

namespace Granary.Pipelines.Native.Compression;

/// <summary>bz_stream. The library keeps its address, so it stays where it is.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct NativeBzip2Stream
{
    public byte* NextIn;
    public uint AvailableIn;
    public uint TotalInLow;
    public uint TotalInHigh;
    public byte* NextOut;
    public uint AvailableOut;
    public uint TotalOutLow;
    public uint TotalOutHigh;
    public nint State;
    public nint Allocate;
    public nint Free;
    public nint Opaque;
}
