using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Granary.Core;
using Granary.Core.Files;
using Granary.Data.Shards;

namespace Granary.Pipelines.Climb.Clustering;

/// <summary>Which cluster each document belongs to: assignments.bin, sorted by the documents' hashes. README.md beside this file describes it.</summary>
public sealed class ClusterAssignments
{
    /// <summary>The name the file has in the stage's folder.</summary>
    public const string FileName = "assignments.bin";

    /// <summary>The cluster of a document that was left out.</summary>
    public const int Pruned = -1;

    private const int Version = 1;
    private const int HeaderBytes = 24;
    private const int EntryBytes = DocumentHash.Length + sizeof(int);

    private readonly UInt128[] _hashes; // ascending
    private readonly int[] _clusters;   // in the order of _hashes

    private ClusterAssignments(UInt128[] hashes, int[] clusters, int clusterCount)
    {
        _hashes = hashes;
        _clusters = clusters;
        ClusterCount = clusterCount;
        using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Emit(sha.AppendData);
        Hash = Convert.ToHexStringLower(sha.GetHashAndReset());
    }

    /// <summary>Documents.</summary>
    public long Count => _hashes.LongLength;

    /// <summary>Clusters there are; numbers lie below.</summary>
    public int ClusterCount { get; }

    /// <summary>Identifies the content: SHA-256 of the file, in hexadecimal.</summary>
    public string Hash { get; }

    private static ReadOnlySpan<byte> Magic => "GRNCLUST"u8;

    /// <summary>The assignments of documents in any order; of identical documents the first counts.</summary>
    public static ClusterAssignments Of(IEnumerable<(DocumentHash Document, int Cluster)> assigned, int clusterCount)
    {
        var firsts = new Dictionary<UInt128, int>();
        foreach (var (document, cluster) in assigned)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(cluster, Pruned);
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(cluster, clusterCount);
            firsts.TryAdd(document.Value, cluster);
        }

        UInt128[] hashes = [.. firsts.Keys];
        int[] clusters = [.. firsts.Values];
        Array.Sort(hashes, clusters);
        return new ClusterAssignments(hashes, clusters, clusterCount);
    }

    /// <summary>Reads and checks a file.</summary>
    /// <exception cref="CorpusException">It is missing or damaged.</exception>
    public static ClusterAssignments Load(string path)
    {
        if (!File.Exists(path))
        {
            throw new CorpusException(path, "There are no assignments of documents to clusters here. Run a configuration whose section 'mix' has 'components: clusters' first.");
        }

        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16);
        var checksum = 0u;
        void Take(Span<byte> bytes)
        {
            stream.ReadExactly(bytes);
            checksum = Crc32C.Append(checksum, bytes);
        }

        Span<byte> header = stackalloc byte[HeaderBytes];
        Span<byte> stored = stackalloc byte[sizeof(uint)];
        if (stream.Length >= HeaderBytes + sizeof(uint))
        {
            Take(header);
            var (clusterCount, count) = (BinaryPrimitives.ReadInt32LittleEndian(header[12..]), BinaryPrimitives.ReadInt64LittleEndian(header[16..]));
            if (header[..8].SequenceEqual(Magic) && BinaryPrimitives.ReadInt32LittleEndian(header[8..]) == Version && stream.Length == HeaderBytes + (count * EntryBytes) + sizeof(uint))
            {
                var (hashes, clusters) = (new UInt128[count], new int[count]);
                for (var i = 0L; i < count; i++)
                {
                    Take(header[..DocumentHash.Length]);
                    hashes[i] = DocumentHash.Read(header).Value;
                }

                Take(MemoryMarshal.AsBytes(clusters.AsSpan()));
                stream.ReadExactly(stored);
                if (BinaryPrimitives.ReadUInt32LittleEndian(stored) == checksum)
                {
                    return new ClusterAssignments(hashes, clusters, clusterCount);
                }
            }
        }

        throw new CorpusException(path, "The assignments of documents to clusters are damaged, or another program's. Remove the stage's folder and cluster again.");
    }

    /// <summary>Finds a document's cluster, <see cref="Pruned"/> where it was left out; false where the document was not clustered.</summary>
    public bool TryFind(DocumentHash document, out int cluster)
    {
        var index = Array.BinarySearch(_hashes, document.Value);
        cluster = index >= 0 ? _clusters[index] : Pruned;
        return index >= 0;
    }

    /// <summary>All documents with their clusters, by hash.</summary>
    public IEnumerable<(DocumentHash Document, int Cluster)> All()
    {
        return _hashes.Zip(_clusters, (hash, cluster) => (new DocumentHash(hash), cluster));
    }

    /// <summary>Writes the file, whole or not at all.</summary>
    public void Save(string path)
    {
        AtomicFile.Write(path, stream => Emit(stream.Write));
    }

    private void Emit(Sink write)
    {
        var checksum = 0u;
        void Put(ReadOnlySpan<byte> bytes)
        {
            checksum = Crc32C.Append(checksum, bytes);
            write(bytes);
        }

        Span<byte> header = stackalloc byte[HeaderBytes];
        Magic.CopyTo(header);
        BinaryPrimitives.WriteInt32LittleEndian(header[8..], Version);
        BinaryPrimitives.WriteInt32LittleEndian(header[12..], ClusterCount);
        BinaryPrimitives.WriteInt64LittleEndian(header[16..], Count);
        Put(header);
        foreach (var hash in _hashes)
        {
            new DocumentHash(hash).Write(header);
            Put(header[..DocumentHash.Length]);
        }

        Put(MemoryMarshal.AsBytes(_clusters.AsSpan()));
        BinaryPrimitives.WriteUInt32LittleEndian(header, checksum);
        write(header[..sizeof(uint)]);
    }

    private delegate void Sink(ReadOnlySpan<byte> bytes);
}
