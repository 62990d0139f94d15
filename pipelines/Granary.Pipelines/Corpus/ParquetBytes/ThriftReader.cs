namespace Granary.Pipelines.Corpus.ParquetBytes;

/// <summary>
/// Reads a struct in Thrift's compact protocol field by field, whatever the fields mean. Bytes that end too early are an
/// <see cref="EndOfStreamException"/>, for a struct whose length nobody knows may go on behind what was read of the file.
/// </summary>
/// <remarks>https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md</remarks>
internal ref struct ThriftReader
{
    private const int MaxDepth = 64;
    private const int LongSize = 15; // the four bits of a list's size that say that a varint follows

    private readonly ReadOnlySpan<byte> _bytes;
    private int _field;

    public ThriftReader(ReadOnlySpan<byte> bytes)
    {
        _bytes = bytes;
    }

    /// <summary>How many bytes have been read.</summary>
    public int Position { get; private set; }

    /// <summary>Reads the next field of the struct; false behind the last.</summary>
    public bool TryReadField(out ThriftField field)
    {
        var type = ReadFieldHead(ref _field);
        var start = Position;
        if (type != ThriftType.Stop)
        {
            Skip(type, isElement: false, depth: 0);
        }

        field = new ThriftField(_field, type, _bytes[start..Position]);
        return type != ThriftType.Stop;
    }

    /// <summary>Reads the head of a list: its elements' number and type.</summary>
    public (int Count, ThriftType Type) ReadListHead()
    {
        var head = ReadByte();
        var count = head >> 4;
        return (count == LongSize ? ReadLength() : count, (ThriftType)(head & 15));
    }

    /// <summary>The bytes of the next element of a list of structs.</summary>
    public ReadOnlySpan<byte> ReadStruct()
    {
        var start = Position;
        Skip(ThriftType.Struct, isElement: true, depth: 0);
        return _bytes[start..Position];
    }

    /// <summary>Reads a number of 16, 32 or 64 bits.</summary>
    public long ReadNumber()
    {
        var zigzag = ReadVarint();
        return (long)(zigzag >> 1) ^ -(long)(zigzag & 1);
    }

    /// <summary>Reads bytes behind their number.</summary>
    public ReadOnlySpan<byte> ReadBinary()
    {
        var length = ReadLength();
        Pass(length);
        return _bytes.Slice(Position - length, length);
    }

    private ThriftType ReadFieldHead(ref int field)
    {
        var head = ReadByte();
        if (head == 0)
        {
            return ThriftType.Stop;
        }

        var step = head >> 4;
        field = step == 0 ? unchecked((int)ReadNumber()) : field + step;
        return (ThriftType)(head & 15);
    }

    private void Skip(ThriftType type, bool isElement, int depth)
    {
        switch (depth < MaxDepth ? type : ThriftType.Stop)
        {
            case ThriftType.True or ThriftType.False:
                Pass(isElement ? 1 : 0);
                break;
            case ThriftType.Byte:
                Pass(1);
                break;
            case ThriftType.Int16 or ThriftType.Int32 or ThriftType.Int64:
                ReadVarint();
                break;
            case ThriftType.Double:
                Pass(8);
                break;
            case ThriftType.Uuid:
                Pass(16);
                break;
            case ThriftType.Binary:
                ReadBinary();
                break;
            case ThriftType.List or ThriftType.Set:
                SkipList(depth + 1);
                break;
            case ThriftType.Map:
                SkipMap(depth + 1);
                break;
            case ThriftType.Struct:
                SkipStruct(depth + 1);
                break;
            default:
                throw new InvalidDataException($"type '{type}' stands at byte {Position}, {depth} deep, where none of Thrift's can stand");
        }
    }

    private void SkipList(int depth)
    {
        var (count, type) = ReadListHead();
        for (var i = 0; i < count; i++)
        {
            Skip(type, isElement: true, depth);
        }
    }

    private void SkipMap(int depth)
    {
        var count = ReadLength();
        var types = count > 0 ? ReadByte() : 0;
        for (var i = 0; i < count; i++)
        {
            Skip((ThriftType)(types >> 4), isElement: true, depth);
            Skip((ThriftType)(types & 15), isElement: true, depth);
        }
    }

    private void SkipStruct(int depth)
    {
        var field = 0;
        for (var type = ReadFieldHead(ref field); type != ThriftType.Stop; type = ReadFieldHead(ref field))
        {
            Skip(type, isElement: false, depth);
        }
    }

    private int ReadLength()
    {
        var length = ReadVarint();
        return length <= int.MaxValue ? (int)length : throw new InvalidDataException($"a length of '{length}' stands at byte {Position}");
    }

    private ulong ReadVarint()
    {
        var value = 0UL;
        for (var shift = 0; shift < 70; shift += 7)
        {
            var next = ReadByte();
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
            {
                return value;
            }
        }

        throw new InvalidDataException($"a number of more than ten bytes stands at byte {Position}");
    }

    private byte ReadByte()
    {
        Pass(1);
        return _bytes[Position - 1];
    }

    private void Pass(int count)
    {
        if (count > _bytes.Length - Position)
        {
            throw new EndOfStreamException($"a value of {count} bytes at byte {Position} goes on behind the {_bytes.Length} there are");
        }

        Position += count;
    }
}
