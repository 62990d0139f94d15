using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;

namespace Granary.Pipelines.Corpus.ParquetBytes;

/// <summary>The footer of a Parquet file: its schema and where its columns lie, then its length and the file's mark.</summary>
/// <remarks>FileMetaData in https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift</remarks>
internal static class ParquetFooter
{
    /// <summary>What stands behind the metadata: their length and the mark.</summary>
    public const int EndBytes = sizeof(int) + 4;

    private const int Schema = 2; // of the metadata
    private const int Name = 4;   // and the others of an element of the schema
    private const int Children = 5;
    private const int ConvertedType = 6;
    private const int LogicalType = 10;

    /// <summary>The mark that a Parquet file begins and ends with.</summary>
    public static ReadOnlySpan<byte> Mark => "PAR1"u8;

    /// <summary>The metadata of a file.</summary>
    /// <exception cref="InvalidDataException">The file has no footer.</exception>
    public static byte[] Read(SafeFileHandle file)
    {
        var length = RandomAccess.GetLength(file);
        var end = new byte[EndBytes];
        var metadata = 0;
        if (length < EndBytes || RandomAccess.Read(file, end, length - EndBytes) != EndBytes || !end.AsSpan(sizeof(int)).SequenceEqual(Mark)
            || (metadata = BinaryPrimitives.ReadInt32LittleEndian(end)) <= 0 || metadata > length - EndBytes)
        {
            throw new InvalidDataException("The file has no footer of Parquet at its end. Fetch or write it again.");
        }

        var bytes = new byte[metadata];
        return RandomAccess.Read(file, bytes, length - EndBytes - metadata) == metadata
            ? bytes
            : throw new InvalidDataException("The file is cut off in its footer. Fetch or write it again.");
    }

    /// <summary>The metadata of a file, of which the column or field at a path is no text but bytes.</summary>
    /// <exception cref="InvalidDataException">The metadata have not the form of Parquet's.</exception>
    public static byte[] WithBytesAt(ReadOnlySpan<byte> metadata, ReadOnlySpan<string> path)
    {
        var reader = new ThriftReader(metadata);
        var writer = new ThriftWriter();
        var before = 0;
        while (reader.TryReadField(out var field))
        {
            before = writer.WriteField(before, field.Id, field.Type, field.Id == Schema ? SchemaWithBytesAt(field.Value, path) : field.Value);
        }

        writer.WriteStop();
        return writer.Written.ToArray();
    }

    private static ReadOnlySpan<byte> SchemaWithBytesAt(ReadOnlySpan<byte> schema, ReadOnlySpan<string> path)
    {
        var reader = new ThriftReader(schema);
        var writer = new ThriftWriter();
        var (count, type) = reader.ReadListHead();
        writer.WriteListHead(count, type);
        if (count > 0)
        {
            CopyRoot(ref reader, writer, path);
        }

        return writer.Written;
    }

    private static void CopyRoot(ref ThriftReader reader, ThriftWriter writer, ReadOnlySpan<string> path)
    {
        var root = reader.ReadStruct();
        writer.Write(root);
        for (var left = Describe(root).Children; left > 0; left--)
        {
            CopyElement(ref reader, writer, path, isOnPath: true);
        }
    }

    /// <summary>Copies an element of the schema and those within it, which stand behind it.</summary>
    private static void CopyElement(ref ThriftReader reader, ThriftWriter writer, ReadOnlySpan<string> path, bool isOnPath)
    {
        var element = reader.ReadStruct();
        var (name, children) = Describe(element);
        isOnPath &= path.Length > 0 && string.Equals(name, path[0], StringComparison.OrdinalIgnoreCase); // as DuckDB compares names
        if (isOnPath && path.Length == 1 && children == 0)
        {
            CopyWithoutMeaning(element, writer);
        }
        else
        {
            writer.Write(element);
        }

        for (; children > 0; children--)
        {
            CopyElement(ref reader, writer, isOnPath ? path[1..] : path, isOnPath);
        }
    }

    private static (string Name, long Children) Describe(ReadOnlySpan<byte> element)
    {
        var reader = new ThriftReader(element);
        var (name, children) = (string.Empty, 0L);
        while (reader.TryReadField(out var field))
        {
            name = field.Id == Name ? field.ToText() : name;
            children = field.Id == Children ? field.ToInt64() : children;
        }

        return (name, children);
    }

    // Without these fields a column of bytes is nothing more than that.
    private static void CopyWithoutMeaning(ReadOnlySpan<byte> element, ThriftWriter writer)
    {
        var reader = new ThriftReader(element);
        var before = 0;
        while (reader.TryReadField(out var field))
        {
            before = field.Id is ConvertedType or LogicalType ? before : writer.WriteField(before, field.Id, field.Type, field.Value);
        }

        writer.WriteStop();
    }
}
