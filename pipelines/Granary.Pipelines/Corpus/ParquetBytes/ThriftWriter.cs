using System.Buffers;

namespace Granary.Pipelines.Corpus.ParquetBytes;

/// <summary>Writes structs in Thrift's compact protocol whose values are bytes already.</summary>
internal sealed class ThriftWriter
{
    private const int LongSize = 15;
    private const int MaxVarintBytes = 10;

    private readonly ArrayBufferWriter<byte> _bytes = new();

    /// <summary>What was written.</summary>
    public ReadOnlySpan<byte> Written => _bytes.WrittenSpan;

    /// <summary>Writes a field behind the field with the number <paramref name="before"/>, 0 for the first; gives its own.</summary>
    public int WriteField(int before, int id, ThriftType type, ReadOnlySpan<byte> value)
    {
        if (id - before is > 0 and <= 15)
        {
            WriteByte(((id - before) << 4) | (int)type);
        }
        else
        {
            WriteByte((int)type);
            WriteVarint(ZigZag(id));
        }

        _bytes.Write(value);
        return id;
    }

    /// <summary>Ends a struct.</summary>
    public void WriteStop()
    {
        WriteByte(0);
    }

    /// <summary>Writes the head of a list, behind which its elements are written.</summary>
    public void WriteListHead(int count, ThriftType type)
    {
        WriteByte((Math.Min(count, LongSize) << 4) | (int)type);
        if (count >= LongSize)
        {
            WriteVarint((ulong)count);
        }
    }

    /// <summary>Writes bytes as they are.</summary>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        _bytes.Write(bytes);
    }

    /// <summary>Writes a number that is the value of a field.</summary>
    public static byte[] Number(long value)
    {
        var writer = new ThriftWriter();
        writer.WriteVarint(ZigZag(value));
        return writer.Written.ToArray();
    }

    private static ulong ZigZag(long value)
    {
        return (ulong)((value << 1) ^ (value >> 63));
    }

    private void WriteVarint(ulong value)
    {
        var span = _bytes.GetSpan(MaxVarintBytes);
        var length = 0;
        for (; value >= 0x80; value >>= 7)
        {
            span[length++] = (byte)(value | 0x80);
        }

        span[length++] = (byte)value;
        _bytes.Advance(length);
    }

    private void WriteByte(int value)
    {
        _bytes.GetSpan(1)[0] = (byte)value;
        _bytes.Advance(1);
    }
}
