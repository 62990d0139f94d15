using System.Buffers.Binary;

namespace Granary.Pipelines.Corpus.ParquetBytes;

/// <summary>The checksum of gzip and of Parquet's pages: polynomial 0x04C11DB7, the lowest bit first.</summary>
/// <remarks>Sixteen bytes a step through sixteen tables of 1 KiB (Kounavis and Berry, "Novel table lookup-based algorithms", 2008).</remarks>
internal static class Crc32
{
    private const uint Reflected = 0xEDB88320;
    private const int Step = 16;

    private static readonly uint[] Tables = CreateTables();

    /// <summary>The checksum of what a checksum stands for with more bytes behind it; 0 stands for none.</summary>
    public static uint Append(uint checksum, ReadOnlySpan<byte> bytes)
    {
        var state = ~checksum;
        var tables = Tables.AsSpan(0, Step * 256);
        for (; bytes.Length >= Step; bytes = bytes[Step..])
        {
            var (first, second) = (BinaryPrimitives.ReadUInt64LittleEndian(bytes) ^ state, BinaryPrimitives.ReadUInt64LittleEndian(bytes[8..]));
            state = Fold(tables[(8 * 256)..], first) ^ Fold(tables[..(8 * 256)], second);
        }

        foreach (var next in bytes)
        {
            state = (state >> 8) ^ tables[(byte)(state ^ next)];
        }

        return ~state;
    }

    // Eight bytes, of which the first goes through the last of eight tables.
    private static uint Fold(ReadOnlySpan<uint> tables, ulong bytes)
    {
        return tables[(7 * 256) + (int)(bytes & 0xFF)]
            ^ tables[(6 * 256) + (int)(bytes >> 8 & 0xFF)]
            ^ tables[(5 * 256) + (int)(bytes >> 16 & 0xFF)]
            ^ tables[(4 * 256) + (int)(bytes >> 24 & 0xFF)]
            ^ tables[(3 * 256) + (int)(bytes >> 32 & 0xFF)]
            ^ tables[(2 * 256) + (int)(bytes >> 40 & 0xFF)]
            ^ tables[256 + (int)(bytes >> 48 & 0xFF)]
            ^ tables[(int)(bytes >> 56)];
    }

    // Table n holds what a byte comes to with n zero bytes behind it.
    private static uint[] CreateTables()
    {
        var tables = new uint[Step * 256];
        for (var i = 0; i < tables.Length; i++)
        {
            var value = i < 256 ? (uint)i : tables[i - 256];
            for (var bit = 0; bit < 8; bit++)
            {
                value = (value >> 1) ^ ((value & 1) * Reflected);
            }

            tables[i] = value;
        }

        return tables;
    }
}
