using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using ArmCrc32 = System.Runtime.Intrinsics.Arm.Crc32;

namespace Granary.Data.Shards;

/// <summary>
/// CRC-32C (Castagnoli, reflected polynomial 0x82F63B78), the checksum of iSCSI and of SSE4.2's own instruction.
/// </summary>
/// <remarks>
/// The instruction answers after three cycles but one can start in each, so long inputs run as three lanes side by
/// side, joined by a table that shifts a lane's state over the bytes of the lanes behind it.
/// </remarks>
public static class Crc32C
{
    private const uint Polynomial = 0x82F63B78;
    private const int LongLane = 8192;
    private const int ShortLane = 256;

    private static readonly uint[] ByteTable = BuildByteTable();
    private static readonly uint[] LongShift = BuildShiftTable(LongLane);
    private static readonly uint[] ShortShift = BuildShiftTable(ShortLane);

    private static bool HasInstruction => Sse42.X64.IsSupported || ArmCrc32.Arm64.IsSupported;

    /// <summary>The checksum of the bytes.</summary>
    public static uint Compute(ReadOnlySpan<byte> bytes)
    {
        return Append(0, bytes);
    }

    /// <summary>The checksum of some bytes followed by <paramref name="bytes"/>, given the checksum of the former.</summary>
    public static uint Append(uint checksum, ReadOnlySpan<byte> bytes)
    {
        return ~(HasInstruction ? UpdateByInstruction(~checksum, bytes) : UpdateByTable(~checksum, bytes));
    }

    /// <summary>The checksum of two byte strings in a row, from the checksum of each and the length of the second.</summary>
    public static uint Combine(uint first, uint second, long secondLength)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(secondLength);
        return Multiply(ZeroBytesOperator(secondLength), first) ^ second;
    }

    internal static uint ComputeByTable(ReadOnlySpan<byte> bytes)
    {
        return ~UpdateByTable(~0u, bytes);
    }

    private static uint UpdateByTable(uint state, ReadOnlySpan<byte> bytes)
    {
        foreach (var value in bytes)
        {
            state = ByteTable[(byte)(state ^ value)] ^ (state >> 8);
        }

        return state;
    }

    private static uint UpdateByInstruction(uint state, ReadOnlySpan<byte> bytes)
    {
        state = UpdateInLanes(state, ref bytes, LongLane, LongShift);
        state = UpdateInLanes(state, ref bytes, ShortLane, ShortShift);
        while (bytes.Length >= sizeof(ulong))
        {
            state = Step(state, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
            bytes = bytes[sizeof(ulong)..];
        }

        return UpdateByTable(state, bytes);
    }

    private static uint UpdateInLanes(uint state, ref ReadOnlySpan<byte> bytes, int lane, uint[] shift)
    {
        while (bytes.Length >= 3 * lane)
        {
            ref var start = ref MemoryMarshal.GetReference(bytes);
            var (second, third) = (0u, 0u);
            for (var i = 0; i < lane; i += sizeof(ulong))
            {
                state = Step(state, Read(ref start, i));
                second = Step(second, Read(ref start, i + lane));
                third = Step(third, Read(ref start, i + (2 * lane)));
            }

            state = Shift(shift, Shift(shift, state) ^ second) ^ third;
            bytes = bytes[(3 * lane)..];
        }

        return state;
    }

    private static ulong Read(ref byte start, int offset)
    {
        // Only reached with the instruction, and both instruction sets here are little-endian.
        return Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref start, offset));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Step(uint state, ulong word)
    {
        return Sse42.X64.IsSupported ? (uint)Sse42.X64.Crc32(state, word) : ArmCrc32.Arm64.ComputeCrc32C(state, word);
    }

    private static uint Shift(uint[] table, uint state)
    {
        return table[(byte)state]
            ^ table[256 + (byte)(state >> 8)]
            ^ table[512 + (byte)(state >> 16)]
            ^ table[768 + (int)(state >> 24)];
    }

    private static uint[] BuildByteTable()
    {
        var table = new uint[256];
        for (uint i = 0; i < 256; i++)
        {
            var state = i;
            for (var bit = 0; bit < 8; bit++)
            {
                state = (state >> 1) ^ ((state & 1) * Polynomial);
            }

            table[i] = state;
        }

        return table;
    }

    private static uint[] BuildShiftTable(int length)
    {
        var matrix = ZeroBytesOperator(length);
        var table = new uint[4 * 256];
        for (var i = 0; i < table.Length; i++)
        {
            table[i] = Multiply(matrix, (uint)(i & 0xFF) << (8 * (i >> 8)));
        }

        return table;
    }

    // The 32 x 32 matrix over GF(2), by columns, that carries a state over `length` zero bytes.
    private static uint[] ZeroBytesOperator(long length)
    {
        var power = new uint[32];
        power[0] = Polynomial;
        for (var i = 1; i < 32; i++)
        {
            power[i] = 1u << (i - 1);
        }

        var result = new uint[32];
        for (var i = 0; i < 32; i++)
        {
            result[i] = 1u << i;
        }

        for (var bits = (ulong)length * 8; bits != 0; bits >>= 1)
        {
            if ((bits & 1) != 0)
            {
                result = Product(power, result);
            }

            power = Product(power, power);
        }

        return result;
    }

    private static uint[] Product(uint[] left, uint[] right)
    {
        return Array.ConvertAll(right, column => Multiply(left, column));
    }

    private static uint Multiply(uint[] matrix, uint vector)
    {
        var sum = 0u;
        for (var i = 0; vector != 0; i++, vector >>= 1)
        {
            sum ^= (vector & 1) * matrix[i];
        }

        return sum;
    }
}
