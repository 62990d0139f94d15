namespace Granary.Pipelines.Native.Compression;

/// <summary>Unpacks bytes as they come.</summary>
internal interface IUnpacker : IDisposable
{
    /// <summary>The format's name.</summary>
    string Format { get; }

    /// <summary>Unpacks some bytes; both lengths are 0 when there is nothing to do before more bytes come.</summary>
    /// <exception cref="InvalidDataException">The bytes are not of the format.</exception>
    (int Packed, int Unpacked) Unpack(ReadOnlySpan<byte> packed, Span<byte> unpacked);

    /// <summary>Whether the bytes so far are whole, so that the data may end here.</summary>
    bool IsWhole { get; }
}
