using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Granary.Core;
using Granary.Core.Files;
using Granary.Data.Shards;
using Granary.Pipelines.Climb.Embedding;
using Granary.Torch;

namespace Granary.Pipelines.Climb.Clustering;

/// <summary>Tells which cluster further documents belong to, without clustering anew: the embedding, the first clusters' centres, and what became of these.</summary>
public sealed class ClusterModel : IDisposable
{
    /// <summary>The file of the centres, from the stage's folder.</summary>
    public const string FileInStage = $"{FolderName}/{FileName}";

    private const string FolderName = "model";
    private const string FileName = "centers.bin";
    private const int HeaderBytes = 24;
    private const int Version = 1;
    private const int EmbeddingOffset = 20; // a part of the embedding's hash; 0 in files of before it was kept

    private readonly IDocumentEmbedder _embedder;
    private readonly int _maxBytes;
    private readonly int _threads;
    private readonly RowMatrix _centers;
    private readonly int[] _numbers;

    private ClusterModel(IDocumentEmbedder embedder, int maxBytes, int threads, RowMatrix centers, int[] numbers)
    {
        _embedder = embedder;
        _maxBytes = maxBytes;
        _threads = threads;
        _centers = centers;
        _numbers = numbers;
    }

    private static ReadOnlySpan<byte> Magic => "GRNCENTR"u8;

    /// <summary>Takes up what a finished stage left in its folder.</summary>
    /// <param name="folder">The stage's folder.</param>
    /// <param name="embedding">The stage's embedding.</param>
    /// <param name="threads">Threads to work with.</param>
    /// <exception cref="CorpusException">The files are missing or damaged, or of another embedding.</exception>
    public static ClusterModel Load(string folder, EmbeddingConfig embedding, int threads)
    {
        var path = Path.Combine(FolderIn(folder), FileName);
        var bytes = File.Exists(path) ? File.ReadAllBytes(path) : [];
        if (bytes.Length < HeaderBytes + sizeof(uint)
            || !bytes.AsSpan(0, 8).SequenceEqual(Magic)
            || BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(8)) != Version
            || Crc32C.Compute(bytes.AsSpan(..^sizeof(uint))) != BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(bytes.Length - sizeof(uint))))
        {
            throw new CorpusException(path, "There are no centres of clusters here, or they are damaged. Remove the file where there is one, and run the configuration that made these clusters again: it makes it anew, and the same.");
        }

        if (BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(EmbeddingOffset)) is var made && made != 0 && made != MarkOf(embedding))
        {
            throw new CorpusException(path, $"The clusters were made with another embedding than '{embedding.Identity}', so no document's cluster can be told with this one. Give the embedding as the search had it; its mixture.yaml holds it.");
        }

        var (count, columns) = (BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(12)), BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(16)));
        var numbers = MemoryMarshal.Cast<byte, int>(bytes.AsSpan(HeaderBytes, count * sizeof(int))).ToArray();
        var centers = MemoryMarshal.Cast<byte, float>(bytes.AsSpan(HeaderBytes + (count * sizeof(int)), count * columns * sizeof(float))).ToArray();
        var embedder = embedding.Create(threads);
        if (embedder.Dimensions != columns)
        {
            embedder.Dispose();
            throw new CorpusException(path, $"The centres have '{columns}' numbers each but the embedding gives {embedder.Dimensions}. Give the embedding as the search had it; its mixture.yaml holds it.");
        }

        if (embedder.NeedsFit)
        {
            embedder.Load(FolderIn(folder));
        }

        return new ClusterModel(embedder, embedding.MaxBytes, threads, new RowMatrix(centers, columns), numbers);
    }

    /// <summary>The cluster of each text, or <see cref="ClusterAssignments.Pruned"/> where it lies in one that was left out.</summary>
    public int[] Assign(IReadOnlyList<ReadOnlyMemory<byte>> texts, CancellationToken cancellationToken = default)
    {
        var rows = new RowMatrix(_embedder.Embed([.. texts.Select(text => EmbeddingPass.BeginningOf(text, _maxBytes))], cancellationToken), _centers.Columns);
        for (var row = 0; row < rows.Rows; row++)
        {
            FloatSpans.Normalise(rows[row]);
        }

        using var workers = new BlockWorkers(_threads);
        using var centers = new Centers(_centers);
        return [.. Nearest(rows, centers, workers).Select(cluster => _numbers[cluster])];
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _embedder.Dispose();
    }

    /// <summary>The folder of what was learned, below the stage's.</summary>
    internal static string FolderIn(string stageFolder)
    {
        return Path.Combine(stageFolder, FolderName);
    }

    /// <summary>Whether a stage's folder has centres.</summary>
    internal static bool IsIn(string stageFolder)
    {
        return File.Exists(Path.Combine(FolderIn(stageFolder), FileName));
    }

    /// <summary>The nearest centre of each row.</summary>
    internal static int[] Nearest(RowMatrix rows, Centers centers, BlockWorkers workers)
    {
        var nearest = new int[rows.Rows];
        using var all = torch.from_array(rows.Values, rows.Rows, rows.Columns);
        workers.RunRange(rows.Rows, Centers.RowsPerBlock, (start, end) =>
        {
            using var block = all.narrow(0, start, end - start);
            centers.FindNearest(block, (row, center, _, _) => nearest[start + row] = center);
        });
        return nearest;
    }

    /// <summary>Writes the centres; the embedding lies beside them already.</summary>
    internal static void Save(string stageFolder, EmbeddingConfig embedding, RowMatrix centers, IReadOnlyList<int> numbers)
    {
        var bytes = new byte[HeaderBytes + (sizeof(int) * numbers.Count) + (sizeof(float) * centers.Values.Length) + sizeof(uint)];
        Magic.CopyTo(bytes);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(8), Version);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(12), centers.Rows);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(16), centers.Columns);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(EmbeddingOffset), MarkOf(embedding));
        MemoryMarshal.AsBytes<int>(numbers.ToArray()).CopyTo(bytes.AsSpan(HeaderBytes));
        MemoryMarshal.AsBytes<float>(centers.Values).CopyTo(bytes.AsSpan(HeaderBytes + (sizeof(int) * numbers.Count)));
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(bytes.Length - sizeof(uint)), Crc32C.Compute(bytes.AsSpan(..^sizeof(uint))));
        AtomicFile.Write(Path.Combine(FolderIn(stageFolder), FileName), stream => stream.Write(bytes));
    }

    // Never 0.
    private static int MarkOf(EmbeddingConfig embedding)
    {
        return BinaryPrimitives.ReadInt32LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes(embedding.Identity))) | 1;
    }
}
