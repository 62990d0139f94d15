using System.Buffers.Binary;
using System.Text;

namespace Granary.Testing;

/// <summary>Writes small Parquet files: columns of text in which every row has a value, in plain pages that have checksums or none.</summary>
/// <remarks>https://github.com/apache/parquet-format; numbers of fields and types are those of its parquet.thrift.</remarks>
public static class ParquetSample
{
    private const byte Int32 = 5;
    private const byte Int64 = 6;
    private const byte Binary = 8;
    private const byte List = 9;
    private const byte Struct = 12;
    private const int ByteArray = 6;
    private const int Plain = 0;
    private const int Rle = 3;

    /// <summary>A page's bytes in the file, without its header.</summary>
    /// <param name="RowGroup">Which row group.</param>
    /// <param name="Column">The column's name.</param>
    /// <param name="Index">Which page of the column in the row group.</param>
    /// <param name="Start">The first byte.</param>
    /// <param name="Length">How many there are.</param>
    public sealed record Page(int RowGroup, string Column, int Index, int Start, int Length);

    /// <summary>Writes a file of row groups, in each of which every column has pages of values; tells where the pages lie.</summary>
    public static IReadOnlyList<Page> Write(string path, bool hasChecksums, string[] columns, params string[][][][] rowGroups)
    {
        var file = new MemoryStream();
        file.Write("PAR1"u8);
        var pages = new List<Page>();
        var groups = rowGroups.Select((group, index) => WriteGroup(file, pages, hasChecksums, columns, group, index)).ToArray();
        var metadata = Fields(
            (1, Int32, Number(1)),
            (2, List, Elements(Struct, [Root(columns.Length), .. columns.Select(Column)])),
            (3, Int64, Number(rowGroups.Sum(group => group[0].Sum(page => page.Length)))),
            (4, List, Elements(Struct, groups)));
        file.Write(metadata);
        file.Write(LittleEndian(metadata.Length));
        file.Write("PAR1"u8);
        File.WriteAllBytes(path, file.ToArray());
        return pages;
    }

    /// <summary>The CRC-32 of gzip, a bit at a time.</summary>
    public static uint Checksum(ReadOnlySpan<byte> bytes)
    {
        var state = uint.MaxValue;
        foreach (var next in bytes)
        {
            state ^= next;
            for (var bit = 0; bit < 8; bit++)
            {
                state = (state & 1) != 0 ? (state >> 1) ^ 0xEDB88320 : state >> 1;
            }
        }

        return ~state;
    }

    private static byte[] WriteGroup(MemoryStream file, List<Page> pages, bool hasChecksums, string[] columns, string[][][] group, int index)
    {
        var chunks = columns.Select((column, i) => WriteChunk(file, pages, hasChecksums, column, group[i], index)).ToArray();
        return Fields(
            (1, List, Elements(Struct, chunks)),
            (2, Int64, Number(1)),
            (3, Int64, Number(group[0].Sum(page => page.Length))));
    }

    private static byte[] WriteChunk(MemoryStream file, List<Page> pages, bool hasChecksums, string column, string[][] values, int group)
    {
        var start = file.Position;
        for (var i = 0; i < values.Length; i++)
        {
            byte[] page = [.. values[i].Select(Encoding.Latin1.GetBytes).SelectMany(value => LittleEndian(value.Length).Concat(value))];
            file.Write(PageHeader(values[i].Length, page, hasChecksums));
            pages.Add(new Page(group, column, i, (int)file.Position, page.Length));
            file.Write(page);
        }

        var metadata = Fields(
            (1, Int32, Number(ByteArray)),
            (2, List, Elements(Int32, [Number(Plain)])),
            (3, List, Elements(Binary, [Text(column)])),
            (4, Int32, Number(0)),
            (5, Int64, Number(values.Sum(page => page.Length))),
            (6, Int64, Number(file.Position - start)),
            (7, Int64, Number(file.Position - start)),
            (9, Int64, Number(start)));
        return Fields((2, Int64, Number(start)), (3, Struct, metadata));
    }

    private static byte[] PageHeader(int values, byte[] page, bool hasChecksums)
    {
        var data = Fields((1, Int32, Number(values)), (2, Int32, Number(Plain)), (3, Int32, Number(Rle)), (4, Int32, Number(Rle)));
        return hasChecksums
            ? Fields((1, Int32, Number(0)), (2, Int32, Number(page.Length)), (3, Int32, Number(page.Length)), (4, Int32, Number((int)Checksum(page))), (5, Struct, data))
            : Fields((1, Int32, Number(0)), (2, Int32, Number(page.Length)), (3, Int32, Number(page.Length)), (5, Struct, data));
    }

    private static byte[] Root(int columns)
    {
        return Fields((4, Binary, Text("schema")), (5, Int32, Number(columns)));
    }

    private static byte[] Column(string name)
    {
        return Fields((1, Int32, Number(ByteArray)), (3, Int32, Number(0)), (4, Binary, Text(name)), (6, Int32, Number(0)));
    }

    // A struct in Thrift's compact protocol; numbers of fields rise by less than 16.
    private static byte[] Fields(params (int Id, byte Type, byte[] Value)[] fields)
    {
        var before = 0;
        return [.. fields.SelectMany(field => (byte[])[(byte)(((field.Id - before) << 4) | field.Type), .. Next(field)]), 0];

        byte[] Next((int Id, byte Type, byte[] Value) field)
        {
            before = field.Id;
            return field.Value;
        }
    }

    private static byte[] Elements(byte type, byte[][] elements)
    {
        byte[] head = elements.Length < 15 ? [(byte)((elements.Length << 4) | type)] : [(byte)(0xF0 | type), .. Varint((ulong)elements.Length)];
        return [.. head, .. elements.SelectMany(element => element)];
    }

    private static byte[] Text(string text)
    {
        return [.. Varint((ulong)text.Length), .. Encoding.ASCII.GetBytes(text)];
    }

    private static byte[] Number(long value)
    {
        return Varint((ulong)((value << 1) ^ (value >> 63)));
    }

    private static byte[] Varint(ulong value)
    {
        return value < 0x80 ? [(byte)value] : [(byte)(value | 0x80), .. Varint(value >> 7)];
    }

    private static byte[] LittleEndian(int value)
    {
        var bytes = new byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, value);
        return bytes;
    }
}
