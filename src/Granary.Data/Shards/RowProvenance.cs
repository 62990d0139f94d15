using System.Buffers.Binary;

namespace Granary.Data.Shards;

/// <summary>Where a row comes from, a packed one its first document; 32 bytes in a shard.</summary>
/// <param name="Document">The identity of the row's document.</param>
/// <param name="SourceIndex">The document's source, an index into the manifest's sources.</param>
/// <param name="TokenStart">The row's first token, counted from the start of the document.</param>
/// <param name="PieceOrdinal">The row's place among the pieces of its document, counted from 0.</param>
/// <param name="Flags">What the row is within its document.</param>
public readonly record struct RowProvenance(DocumentHash Document, int SourceIndex, int TokenStart, int PieceOrdinal, RowFlags Flags)
{
    internal const int Length = 32;

    internal static RowProvenance Read(ReadOnlySpan<byte> source)
    {
        return new RowProvenance(
            DocumentHash.Read(source),
            BinaryPrimitives.ReadInt32LittleEndian(source[16..]),
            BinaryPrimitives.ReadInt32LittleEndian(source[20..]),
            BinaryPrimitives.ReadInt32LittleEndian(source[24..]),
            (RowFlags)BinaryPrimitives.ReadInt32LittleEndian(source[28..]));
    }

    internal void Write(Span<byte> destination)
    {
        Document.Write(destination);
        BinaryPrimitives.WriteInt32LittleEndian(destination[16..], SourceIndex);
        BinaryPrimitives.WriteInt32LittleEndian(destination[20..], TokenStart);
        BinaryPrimitives.WriteInt32LittleEndian(destination[24..], PieceOrdinal);
        BinaryPrimitives.WriteInt32LittleEndian(destination[28..], (int)Flags);
    }
}
