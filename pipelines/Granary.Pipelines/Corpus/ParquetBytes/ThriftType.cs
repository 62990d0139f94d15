namespace Granary.Pipelines.Corpus.ParquetBytes;

/// <summary>The types of Thrift's compact protocol, numbered as a field's head has them.</summary>
internal enum ThriftType
{
    /// <summary>The end of a struct.</summary>
    Stop = 0,

    /// <summary>True; a field of it has no further bytes, an element one.</summary>
    True = 1,

    /// <summary>False.</summary>
    False = 2,

    /// <summary>One byte.</summary>
    Byte = 3,

    /// <summary>A number of 16 bits; it and the next two stand as zigzag varints.</summary>
    Int16 = 4,

    /// <summary>A number of 32 bits.</summary>
    Int32 = 5,

    /// <summary>A number of 64 bits.</summary>
    Int64 = 6,

    /// <summary>Eight bytes.</summary>
    Double = 7,

    /// <summary>Bytes behind their number.</summary>
    Binary = 8,

    /// <summary>Elements behind their number and type.</summary>
    List = 9,

    /// <summary>The same as a list.</summary>
    Set = 10,

    /// <summary>Pairs behind their number and types.</summary>
    Map = 11,

    /// <summary>Fields up to a stop.</summary>
    Struct = 12,

    /// <summary>Sixteen bytes.</summary>
    Uuid = 13,
}
