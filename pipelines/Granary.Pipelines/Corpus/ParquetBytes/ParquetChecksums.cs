using Microsoft.Win32.SafeHandles;

namespace Granary.Pipelines.Corpus.ParquetBytes;

/// <summary>Checks the optional checksums that pages of a Parquet file have, which DuckDB passes over.</summary>
internal sealed class ParquetChecksums : IDisposable
{
    private const int ReadBytes = 1 << 18;

    // Minima, maxima and the like may stand in a header.
    private static readonly int[] HeaderBytes = [1 << 9, 1 << 16, 1 << 24];

    private readonly SafeFileHandle _file;
    private readonly byte[] _buffer = new byte[ReadBytes];

    /// <summary>Opens a file.</summary>
    public ParquetChecksums(string path)
    {
        _file = File.OpenHandle(path, options: FileOptions.SequentialScan);
    }

    /// <summary>Whether the page that begins at a byte has a checksum; the other pages of the file are then taken to have them.</summary>
    public bool StandAt(long offset)
    {
        try
        {
            return ReadHeader(offset).Checksum is not null;
        }
        catch (Exception exception) when (exception is InvalidDataException or EndOfStreamException)
        {
            return false; // encrypted or damaged: DuckDB says which
        }
    }

    /// <summary>Checks the pages of a column in a row group; a page without a checksum is passed over.</summary>
    /// <exception cref="InvalidDataException">A page is damaged.</exception>
    public void Check(ParquetChunk chunk)
    {
        var end = chunk.Start + chunk.Bytes;
        var (offset, page) = (chunk.Start, 0);
        while (offset < end)
        {
            var header = HeaderOf(chunk, page, offset);
            var start = offset + header.Length;
            if (header.PageBytes > end - start)
            {
                throw Damaged(chunk, page, offset, $"has '{header.PageBytes}' bytes by its header, but only {Math.Max(0, end - start)} are left of the column");
            }

            if (header.Checksum is { } expected && ChecksumOf(start, header.PageBytes) is var actual && actual != expected)
            {
                throw Damaged(chunk, page, offset, $"has the checksum '{actual:x8}' but must have '{expected:x8}'");
            }

            (offset, page) = (start + header.PageBytes, page + 1);
        }
    }

    public void Dispose()
    {
        _file.Dispose();
    }

    private ParquetPageHeader HeaderOf(ParquetChunk chunk, int page, long offset)
    {
        try
        {
            return ReadHeader(offset);
        }
        catch (Exception exception) when (exception is InvalidDataException or EndOfStreamException)
        {
            throw Damaged(chunk, page, offset, $"has no header that can be read: {exception.Message}");
        }
    }

    private ParquetPageHeader ReadHeader(long offset)
    {
        foreach (var bytes in HeaderBytes)
        {
            var buffer = bytes <= _buffer.Length ? _buffer.AsSpan(0, bytes) : new byte[bytes];
            var read = RandomAccess.Read(_file, buffer, offset);
            try
            {
                return ParquetPageHeader.Read(buffer[..read]);
            }
            catch (EndOfStreamException) when (read == bytes)
            {
                // It is longer.
            }
        }

        throw new InvalidDataException($"it is longer than {HeaderBytes[^1]} bytes");
    }

    private uint ChecksumOf(long offset, long bytes)
    {
        var checksum = 0u;
        for (var done = 0L; done < bytes;)
        {
            var read = RandomAccess.Read(_file, _buffer.AsSpan(0, (int)Math.Min(_buffer.Length, bytes - done)), offset + done);
            if (read == 0)
            {
                throw new EndOfStreamException($"The file ends at byte {offset + done}, within a page that goes on to byte {offset + bytes}. Fetch or write it again.");
            }

            checksum = Crc32.Append(checksum, _buffer.AsSpan(0, read));
            done += read;
        }

        return checksum;
    }

    private static InvalidDataException Damaged(ParquetChunk chunk, int page, long offset, string what)
    {
        return new InvalidDataException($"Page {page} of column '{chunk.Column}' in row group {chunk.RowGroup}, both counted from 0, at byte {offset}, {what}: the file is damaged. Fetch or write it again.");
    }
}
