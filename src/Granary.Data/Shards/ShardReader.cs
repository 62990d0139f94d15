using System.Buffers.Binary;
using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;
using Granary.Core;
using Granary.Core.Files;
using Microsoft.Win32.SafeHandles;

namespace Granary.Data.Shards;

/// <summary>
/// Maps one shard into memory and hands out its rows. Opening checks length, header, trailer and the table of
/// checksums; each block of 1 MiB is checked the first time any thread touches it.
/// </summary>
/// <remarks>Spans that were handed out die with the reader. All members may be called from many threads at once.</remarks>
public sealed unsafe class ShardReader : IDisposable
{
    private readonly MemoryMappedFile _map;
    private readonly MemoryMappedViewAccessor _view;
    private readonly byte* _start;
    private readonly ShardLayout _layout;

    // One bit a block, set once the block is known to be whole. Two threads may check a block at once; both find the same.
    private readonly ulong[] _isVerified;
    private bool _isDisposed;

    /// <summary>Maps a shard and checks everything but its blocks.</summary>
    /// <exception cref="CorpusException">The file is missing, cut off, damaged or no shard.</exception>
    public ShardReader(string path)
    {
        Path = path;
        using var file = Open(path);
        var length = RandomAccess.GetLength(file);
        (Header, Trailer) = ReadEnds(file, path, length);
        _layout = Header.Layout;
        _isVerified = new ulong[(_layout.Blocks + 63) / 64];

        _map = MemoryMappedFile.CreateFromFile(file, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: true);
        _view = _map.CreateViewAccessor(0, length, MemoryMappedFileAccess.Read);
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref _start);
        var table = Bytes(_layout.ChecksumsOffset, _layout.ChecksumsBytes);
        if (Crc32C.Compute(table) != Trailer.Checksums)
        {
            Dispose();
            throw new CorpusException(path, "the table of block checksums is damaged. Restore the file or build the shards again.", offset: _layout.ChecksumsOffset);
        }
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>Rows hold 2 to this power ids.</summary>
    public int Exponent => _layout.Exponent;

    /// <summary>Rows in the shard.</summary>
    public long Rows => _layout.Rows;

    /// <summary>Vocabulary, tokenizer and settings the shard was made with.</summary>
    public ShardIdentity Identity => Header.Identity;

    /// <summary>SHA-256 the trailer states for all bytes in front of it.</summary>
    public string Sha256 => Convert.ToHexStringLower(Trailer.Digest);

    internal ShardHeader Header { get; }

    internal ShardTrailer Trailer { get; }

    internal ShardLayout Layout => _layout;

    /// <summary>A row of a shard with two bytes an id, in place.</summary>
    /// <exception cref="InvalidOperationException">The shard has four bytes an id.</exception>
    public ReadOnlySpan<ushort> RowUInt16(long row)
    {
        return MemoryMarshal.Cast<byte, ushort>(RowBytes(row, sizeof(ushort)));
    }

    /// <summary>A row of a shard with four bytes an id, in place.</summary>
    /// <exception cref="InvalidOperationException">The shard has two bytes an id.</exception>
    public ReadOnlySpan<uint> RowUInt32(long row)
    {
        return MemoryMarshal.Cast<byte, uint>(RowBytes(row, sizeof(uint)));
    }

    /// <summary>Copies a row's ids, whatever their width in the file.</summary>
    public void CopyRow(long row, Span<int> destination)
    {
        if (_layout.BytesPerToken == sizeof(ushort))
        {
            TokenCopy.Widen(RowUInt16(row), destination);
        }
        else
        {
            MemoryMarshal.Cast<uint, int>(RowUInt32(row)).CopyTo(destination);
        }
    }

    /// <summary>Copies a row's ids to 64 bits each, whatever their width in the file.</summary>
    public void CopyRow(long row, Span<long> destination)
    {
        if (_layout.BytesPerToken == sizeof(ushort))
        {
            TokenCopy.Widen(RowUInt16(row), destination);
        }
        else
        {
            TokenCopy.Widen(RowUInt32(row), destination);
        }
    }

    /// <summary>The id that follows the row in its document; -1 at the document's end.</summary>
    public int NextToken(long row)
    {
        CheckRow(row);
        return unchecked((int)BinaryPrimitives.ReadUInt32LittleEndian(Verified(_layout.NextOffset + (row * sizeof(uint)), sizeof(uint))));
    }

    /// <summary>Where the row comes from.</summary>
    public RowProvenance Provenance(long row)
    {
        CheckRow(row);
        return RowProvenance.Read(Verified(_layout.ProvenanceOffset + (row * RowProvenance.Length), RowProvenance.Length));
    }

    /// <summary>The row's border bits, in place: bit i % 8 of byte i / 8 is set where token i begins a segment.</summary>
    /// <exception cref="InvalidOperationException">The shard's rows are pieces of one document each, without border bits.</exception>
    public ReadOnlySpan<byte> Borders(long row)
    {
        CheckRow(row);
        return _layout.IsPacked
            ? Verified(_layout.BordersOffset + (row * _layout.BorderRowBytes), _layout.BorderRowBytes)
            : throw new InvalidOperationException($"Shard '{Path}' holds pieces of one document each, which have no borders. Build packed rows.");
    }

    /// <summary>Begins to read what a row needs and no one has touched, and returns at once.</summary>
    public void WillRead(long row)
    {
        CheckRow(row);
        WillRead(_layout.DataOffset + (row * _layout.RowBytes), _layout.RowBytes);
        WillRead(_layout.NextOffset + (row * sizeof(uint)), sizeof(uint));
        WillRead(_layout.ProvenanceOffset + (row * RowProvenance.Length), RowProvenance.Length);
        if (_layout.IsPacked)
        {
            WillRead(_layout.BordersOffset + (row * _layout.BorderRowBytes), _layout.BorderRowBytes);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_isDisposed)
        {
            return;
        }

        _isDisposed = true;
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _map.Dispose();
    }

    internal void VerifyBlock(int block)
    {
        var offset = (long)block * ShardLayout.BlockBytes;
        var stored = BinaryPrimitives.ReadUInt32LittleEndian(Bytes(_layout.ChecksumsOffset + ((long)block * sizeof(uint)), sizeof(uint)));
        var actual = Crc32C.Compute(Bytes(offset, Math.Min(ShardLayout.BlockBytes, _layout.ChecksumsOffset - offset)));
        if (stored != actual)
        {
            throw new CorpusException(Path, $"block {block} has the checksum '{actual:x8}' but must have '{stored:x8}': the file is damaged. Restore it or build the shards again.", offset: offset);
        }

        Interlocked.Or(ref _isVerified[block >> 6], 1UL << (block & 63));
    }

    internal ReadOnlySpan<byte> Bytes(long offset, long length)
    {
        return new ReadOnlySpan<byte>(_start + offset, checked((int)length));
    }

    private static SafeFileHandle Open(string path)
    {
        try
        {
            return File.OpenHandle(path);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new CorpusException(path, "the shard is missing. Restore it or build the shards again.", inner: exception);
        }
    }

    private static (ShardHeader Header, ShardTrailer Trailer) ReadEnds(SafeFileHandle file, string path, long length)
    {
        if (length < ShardLayout.HeaderBytes + ShardLayout.TrailerBytes)
        {
            throw new CorpusException(path, $"the file has '{length}' bytes, fewer than a header and a trailer: it was cut off. Restore it or build the shards again.", offset: length);
        }

        var header = ShardHeader.Parse(path, ReadExactly(file, 0, ShardLayout.HeaderBytes));
        var layout = header.Layout;
        if (layout.FileBytes != length)
        {
            throw new CorpusException(path, $"the file has '{length}' bytes but its header asks for {layout.FileBytes}: it was cut off or joined to another. Restore it or build the shards again.", offset: Math.Min(length, layout.FileBytes));
        }

        if (layout.BytesPerToken != header.Identity.BytesPerToken())
        {
            throw new CorpusException(path, $"ids take '{layout.BytesPerToken}' bytes but must take {header.Identity.BytesPerToken()} with a vocabulary of {header.Identity.VocabularySize}. Build the shards again.", offset: 18);
        }

        return (header, ShardTrailer.Parse(path, ReadExactly(file, layout.TrailerOffset, ShardLayout.TrailerBytes), layout));
    }

    private static byte[] ReadExactly(SafeFileHandle file, long offset, int length)
    {
        var bytes = new byte[length];
        for (var done = 0; done < length;)
        {
            var count = RandomAccess.Read(file, bytes.AsSpan(done), offset + done);
            if (count == 0)
            {
                throw new EndOfStreamException($"The file ends at byte {offset + done} but must reach byte {offset + length}. Is another process changing it?");
            }

            done += count;
        }

        return bytes;
    }

    private ReadOnlySpan<byte> RowBytes(long row, int bytesPerToken)
    {
        CheckRow(row);
        if (_layout.BytesPerToken != bytesPerToken)
        {
            throw new InvalidOperationException($"Shard '{Path}' has {_layout.BytesPerToken} bytes an id, not {bytesPerToken}. Copy the row instead.");
        }

        return Verified(_layout.DataOffset + (row * _layout.RowBytes), _layout.RowBytes);
    }

    private void CheckRow(long row)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(row);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(row, Rows);
    }

    private ReadOnlySpan<byte> Verified(long offset, int length)
    {
        var last = (int)((offset + length - 1) / ShardLayout.BlockBytes);
        for (var block = (int)(offset / ShardLayout.BlockBytes); block <= last; block++)
        {
            if (!IsVerified(block))
            {
                VerifyBlock(block);
            }
        }

        return Bytes(offset, length);
    }

    private void WillRead(long offset, int length)
    {
        var last = (int)((offset + length - 1) / ShardLayout.BlockBytes);
        for (var block = (int)(offset / ShardLayout.BlockBytes); block <= last; block++)
        {
            if (!IsVerified(block))
            {
                var start = (long)block * ShardLayout.BlockBytes;
                ReadAhead.Begin(Bytes(start, Math.Min(ShardLayout.BlockBytes, _layout.ChecksumsOffset - start)));
            }
        }
    }

    private bool IsVerified(int block)
    {
        return (Volatile.Read(ref _isVerified[block >> 6]) & (1UL << (block & 63))) != 0;
    }
}
