using System.Text;

namespace Granary.Pipelines.Corpus.ParquetBytes;

/// <summary>A field of a struct as it stands in the bytes.</summary>
internal readonly ref struct ThriftField
{
    public ThriftField(int id, ThriftType type, ReadOnlySpan<byte> value)
    {
        Id = id;
        Type = type;
        Value = value;
    }

    /// <summary>Its number in the struct.</summary>
    public int Id { get; }

    /// <summary>The type of its value.</summary>
    public ThriftType Type { get; }

    /// <summary>The bytes of its value.</summary>
    public ReadOnlySpan<byte> Value { get; }

    /// <summary>The value of a number.</summary>
    /// <exception cref="InvalidDataException">It is of another type.</exception>
    public long ToInt64()
    {
        var reader = new ThriftReader(Value);
        return Type is ThriftType.Int16 or ThriftType.Int32 or ThriftType.Int64 ? reader.ReadNumber() : throw Another("a number");
    }

    /// <summary>The value of a text.</summary>
    /// <exception cref="InvalidDataException">It is of another type.</exception>
    public string ToText()
    {
        var reader = new ThriftReader(Value);
        return Type is ThriftType.Binary ? Encoding.UTF8.GetString(reader.ReadBinary()) : throw Another("a text");
    }

    private InvalidDataException Another(string expected)
    {
        return new InvalidDataException($"field {Id} is of type '{Type}' but must be {expected}");
    }
}
