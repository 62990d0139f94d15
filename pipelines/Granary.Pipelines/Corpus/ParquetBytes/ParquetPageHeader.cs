namespace Granary.Pipelines.Corpus.ParquetBytes;

/// <summary>What stands in front of a page's bytes, as far as it is needed to check them.</summary>
/// <param name="Length">Its own bytes.</param>
/// <param name="PageBytes">The page's bytes behind it.</param>
/// <param name="Checksum">The CRC-32 of the page's bytes; null where the writer gave none.</param>
/// <remarks>PageHeader in https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift</remarks>
internal readonly record struct ParquetPageHeader(int Length, long PageBytes, uint? Checksum)
{
    private const int CompressedPageSize = 3;
    private const int Crc = 4;

    /// <summary>Reads the header that the bytes begin with.</summary>
    /// <exception cref="InvalidDataException">There is none.</exception>
    /// <exception cref="EndOfStreamException">It may go on behind the bytes.</exception>
    public static ParquetPageHeader Read(ReadOnlySpan<byte> bytes)
    {
        var reader = new ThriftReader(bytes);
        var (size, checksum) = (-1L, (uint?)null);
        while (reader.TryReadField(out var field))
        {
            switch (field.Id)
            {
                case CompressedPageSize:
                    size = field.ToInt64();
                    break;
                case Crc:
                    checksum = unchecked((uint)field.ToInt64());
                    break;
            }
        }

        return size >= 0 ? new ParquetPageHeader(reader.Position, size, checksum) : throw new InvalidDataException($"its size is '{size}' bytes");
    }
}
