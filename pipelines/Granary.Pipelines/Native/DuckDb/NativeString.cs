using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Granary.Pipelines.Native.DuckDb;

/// <summary>duckdb_string_t: up to twelve bytes in place, or four and the address of all.</summary>
[StructLayout(LayoutKind.Explicit, Size = 16)]
internal unsafe struct NativeString
{
    private const int MaxInPlace = 12;

    [FieldOffset(0)]
    private readonly uint _length;

    [FieldOffset(4)]
    private readonly byte _inPlace;

    [FieldOffset(8)]
    private readonly byte* _bytes;

    /// <summary>The bytes of the string at an address in a vector; valid as long as its chunk.</summary>
    public static ReadOnlySpan<byte> BytesOf(NativeString* text)
    {
        var length = checked((int)text->_length);
        return length <= MaxInPlace ? new ReadOnlySpan<byte>(Unsafe.AsPointer(ref Unsafe.AsRef(in text->_inPlace)), length) : new ReadOnlySpan<byte>(text->_bytes, length);
    }
}
