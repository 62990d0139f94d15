using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Granary.Core;
using Granary.Core.Files;
using Microsoft.Win32.SafeHandles;

namespace Granary.Data.Shards;

/// <summary>
/// Writes one shard under a temporary name and publishes it, named after its content, when it is complete. The bytes
/// depend on nothing but the rows and the identity.
/// </summary>
/// <remarks>
/// Holds 64 KiB of what goes to the file next, 36 bytes a row and a packed row's border bits. Completing reads the file once more, from the page cache, for its
/// digest: the header comes first in the digest but is known last.
/// </remarks>
public sealed class ShardWriter : IDisposable
{
    /// <summary>The ending of a shard's name.</summary>
    public const string Extension = ".shard";

    // Many shards are open at once, so less than a block, which it divides; a multiple of a page, as sections are.
    private const int BufferBytes = 1 << 16;

    private readonly string _folder;
    private readonly string _temporary;
    private readonly int _exponent;
    private readonly ShardIdentity _identity;
    private readonly SafeFileHandle _file;
    private readonly byte[] _buffer = new byte[BufferBytes];
    private readonly List<uint> _blockChecksums = [];
    private readonly List<uint> _next = [];
    private readonly List<RowProvenance> _provenance = [];
    private readonly List<byte> _borders = [];
    private int _fill = ShardLayout.HeaderBytes; // the header takes the front of the first block
    private long _written;                        // bytes in front of the buffer's
    private uint _blockChecksum;                  // of what the open block has in the file, without the header
    private uint _sectionChecksum;
    private bool _isPublished;

    /// <summary>Opens a temporary file in an existing folder for rows of 2^<paramref name="exponent"/> ids.</summary>
    public ShardWriter(string folder, int exponent, ShardIdentity identity)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(exponent);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(exponent, ShardLayout.MaxExponent);
        identity.Check();
        _folder = folder;
        _exponent = exponent;
        _identity = identity;
        _temporary = AtomicFile.TemporaryNameFor(Path.Combine(folder, "rows"));
        _file = File.OpenHandle(_temporary, FileMode.CreateNew, FileAccess.ReadWrite);
    }

    /// <summary>Rows appended so far.</summary>
    public long Rows => _next.Count;

    private long Position => _written + _fill;

    /// <summary>
    /// Appends a row of 2^exponent ids; <paramref name="next"/> is the id that follows it in its document, or of a packed
    /// row in its stream, or -1 where none does. A packed row has a bit for each id, set where a segment begins. A row
    /// that is refused leaves the shard as it was.
    /// </summary>
    /// <exception cref="CorpusException">An id lies outside the vocabulary.</exception>
    public void Append(ReadOnlySpan<int> ids, int next, in RowProvenance provenance, ReadOnlySpan<byte> borders = default)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(ids.Length, 1 << _exponent);
        ArgumentOutOfRangeException.ThrowIfNotEqual(borders.Length, _identity.IsPacked ? LayoutOf(0).BorderRowBytes : 0);
        var outside = TokenCopy.FirstOutside(ids, _identity.VocabularySize);
        if (outside >= 0)
        {
            throw OutsideVocabulary(ids[outside], provenance, outside);
        }

        if (next != -1 && (uint)next >= (uint)_identity.VocabularySize)
        {
            throw OutsideVocabulary(next, provenance, ids.Length);
        }

        AppendIds(ids);
        _next.Add(next == -1 ? ShardLayout.NoNextToken : (uint)next);
        _provenance.Add(provenance);
        _borders.AddRange(borders);
    }

    /// <summary>Finishes the shard, waits until it is on the device and gives it its final name.</summary>
    public ShardEntry Complete()
    {
        var layout = LayoutOf(Rows);

        // (1) The side vectors, each from a page of its own; every section has a checksum of its own.
        var dataChecksum = EndSection(layout.NextOffset);
        AppendNext();
        var nextChecksum = EndSection(layout.ProvenanceOffset);
        AppendProvenance();
        var provenanceChecksum = EndSection(layout.BordersOffset);
        AppendBorders();
        var bordersChecksum = EndSection(layout.ChecksumsOffset);

        // (2) The header, which makes the first block's checksum complete.
        var header = new ShardHeader(layout, _identity).ToBytes();
        Flush();
        if (_written % ShardLayout.BlockBytes > 0)
        {
            EndBlock();
        }

        RandomAccess.Write(_file, header, 0);
        var firstBlockBytes = Math.Min(ShardLayout.BlockBytes, layout.ChecksumsOffset) - header.Length;
        _blockChecksums[0] = Crc32C.Combine(Crc32C.Compute(header), _blockChecksums[0], firstBlockBytes);

        // (3) The table of block checksums, then the trailer over all of it.
        var table = new byte[layout.ChecksumsBytes];
        for (var i = 0; i < _blockChecksums.Count; i++)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(table.AsSpan(i * sizeof(uint)), _blockChecksums[i]);
        }

        RandomAccess.Write(_file, table, layout.ChecksumsOffset);
        var digest = DigestOf(_file, layout.TrailerOffset);
        var trailer = new ShardTrailer(layout, dataChecksum, nextChecksum, provenanceChecksum, Crc32C.Compute(table), digest) { Borders = bordersChecksum };
        RandomAccess.Write(_file, trailer.ToBytes(), layout.TrailerOffset);

        return Publish(layout, Convert.ToHexStringLower(digest));
    }

    /// <summary>Removes the temporary file of a shard that was not completed.</summary>
    public void Dispose()
    {
        _file.Dispose();
        if (!_isPublished)
        {
            File.Delete(_temporary);
        }
    }

    internal static byte[] DigestOf(SafeFileHandle file, long length)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[ShardLayout.BlockBytes];
        for (long offset = 0; offset < length;)
        {
            var count = RandomAccess.Read(file, buffer.AsSpan(0, (int)Math.Min(buffer.Length, length - offset)), offset);
            if (count == 0)
            {
                throw new EndOfStreamException($"The file ends at byte {offset} but must reach byte {length}. Is another process changing it?");
            }

            hash.AppendData(buffer, 0, count);
            offset += count;
        }

        return hash.GetHashAndReset();
    }

    private ShardLayout LayoutOf(long rows)
    {
        return new ShardLayout(_exponent, _identity.BytesPerToken(), rows, _identity.IsPacked);
    }

    private ShardEntry Publish(ShardLayout layout, string digest)
    {
        RandomAccess.FlushToDisk(_file);
        _file.Dispose();
        var name = digest[..16] + Extension;
        File.Move(_temporary, Path.Combine(_folder, name), overwrite: true);
        _isPublished = true;
        DirectorySync.Sync(_folder);
        return new ShardEntry { File = name, Rows = layout.Rows, Bytes = layout.FileBytes, Sha256 = digest };
    }

    private void AppendIds(ReadOnlySpan<int> ids)
    {
        var width = _identity.BytesPerToken();
        var done = 0;
        while (done < ids.Length)
        {
            // The buffer and the header are multiples of a token's width, so no id is split.
            var count = Math.Min(ids.Length - done, (_buffer.Length - _fill) / width);
            var target = _buffer.AsSpan(_fill, count * width);
            TokenCopy.Narrow(ids.Slice(done, count), target, width);
            _sectionChecksum = Crc32C.Append(_sectionChecksum, target);
            Advance(count * width);
            done += count;
        }
    }

    private CorpusException OutsideVocabulary(int id, in RowProvenance provenance, int index)
    {
        return new CorpusException(
            $"document {provenance.Document} of source {provenance.SourceIndex}",
            $"token {provenance.TokenStart + (long)index} is '{id}' but ids go from 0 to {_identity.VocabularySize - 1}. Tokenise it with the tokenizer the shards are for.");
    }

    private void AppendNext()
    {
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        foreach (var next in _next)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(bytes, next);
            AppendBytes(bytes);
        }
    }

    private void AppendProvenance()
    {
        Span<byte> bytes = stackalloc byte[RowProvenance.Length];
        foreach (var provenance in _provenance)
        {
            provenance.Write(bytes);
            AppendBytes(bytes);
        }
    }

    // By pages, because a row's bits may take more than one and then need not divide the buffer.
    private void AppendBorders()
    {
        var borders = CollectionsMarshal.AsSpan(_borders);
        for (var start = 0; start < borders.Length; start += ShardLayout.PageBytes)
        {
            AppendBytes(borders.Slice(start, Math.Min(ShardLayout.PageBytes, borders.Length - start)));
        }
    }

    // Every piece of a section divides the buffer and starts at a multiple of itself, so none is split.
    private void AppendBytes(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(_buffer.AsSpan(_fill));
        _sectionChecksum = Crc32C.Append(_sectionChecksum, bytes);
        Advance(bytes.Length);
    }

    // Pads with zeros up to where the following section starts and hands out the checksum of the one that ends.
    private uint EndSection(long nextSection)
    {
        var padding = (int)(nextSection - Position);
        _buffer.AsSpan(_fill, padding).Clear();
        Advance(padding);
        var checksum = _sectionChecksum;
        _sectionChecksum = 0;
        return checksum;
    }

    private void Advance(int bytes)
    {
        _fill += bytes;
        if (_fill == _buffer.Length)
        {
            Flush();
        }
    }

    private void Flush()
    {
        if (_fill == 0)
        {
            return;
        }

        var start = _written == 0 ? ShardLayout.HeaderBytes : 0;
        var bytes = _buffer.AsSpan(start, _fill - start);
        RandomAccess.Write(_file, bytes, _written + start);
        _blockChecksum = Crc32C.Append(_blockChecksum, bytes);
        (_written, _fill) = (_written + _fill, 0);
        if (_written % ShardLayout.BlockBytes == 0)
        {
            EndBlock();
        }
    }

    private void EndBlock()
    {
        _blockChecksums.Add(_blockChecksum);
        _blockChecksum = 0;
    }
}
