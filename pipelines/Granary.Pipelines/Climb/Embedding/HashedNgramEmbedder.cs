using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Granary.Core;
using Granary.Core.Files;
using Granary.Core.Randomness;
using Granary.Data.Shards;
using Granary.Pipelines.Climb.Clustering;

namespace Granary.Pipelines.Climb.Embedding;

/// <summary>
/// Embeds texts by their hashed n-grams: (1 + ln count) x ln of how rare a feature is, times the right singular vectors of a
/// sample, less the sample's mean. What all texts have in common tells none from another, and without it few kinds of
/// text lie as far apart as they are unlike.
/// </summary>
internal sealed class HashedNgramEmbedder : IDocumentEmbedder
{
    private const string FileName = "ngrams.bin";
    private const int HeaderBytes = 24;
    private const int Version = 2;

    private readonly HashedNgramsConfig _config;
    private readonly ParallelOptions _parallel;
    private readonly ThreadLocal<NgramCounter> _counters;
    private float[] _rarity = []; // of each feature; empty until it is fitted
    private RowMatrix _vectors = new([], 1);
    private float[] _mean = []; // of the sample's vectors of length 1

    public HashedNgramEmbedder(HashedNgramsConfig config, int threads)
    {
        _config = config;
        _parallel = new ParallelOptions { MaxDegreeOfParallelism = threads };
        _counters = new ThreadLocal<NgramCounter>(() => new NgramCounter(config));
    }

    /// <inheritdoc/>
    public int Dimensions => _config.Dimensions;

    /// <inheritdoc/>
    public bool NeedsFit => true;

    private static ReadOnlySpan<byte> Magic => "GRNNGRAM"u8;

    /// <inheritdoc/>
    public void Fit(IReadOnlyList<ReadOnlyMemory<byte>> sample, RandomKey key, CancellationToken cancellationToken)
    {
        var rows = Map(sample, cancellationToken, text => _counters.Value!.Count(text.Span));
        var documents = new int[_config.Features];
        foreach (var feature in rows.SelectMany(row => row.Columns))
        {
            documents[feature]++;
        }

        // As if one document more held every feature once, so that none is infinitely rare.
        _rarity = [.. documents.Select(count => (float)(Math.Log((1.0 + rows.Length) / (1 + count)) + 1))];
        Array.ForEach(rows, Weigh);
        var matrix = SparseRows.Of(rows, _config.Features);
        var svd = new RandomisedSvd(matrix, _parallel.MaxDegreeOfParallelism);
        (_vectors, _) = svd.Run(_config.Dimensions, _config.Oversampling, _config.PowerIterations, key, cancellationToken);
        _mean = new float[Dimensions]; // nothing is taken off while it is not known
        _mean = MeanOf(new RowMatrix(Embed(sample, cancellationToken), Dimensions));
    }

    /// <inheritdoc/>
    public float[] Embed(IReadOnlyList<ReadOnlyMemory<byte>> texts, CancellationToken cancellationToken)
    {
        var rows = new RowMatrix(new float[(long)texts.Count * Dimensions], Dimensions);
        Parallel.For(0, texts.Count, Until(cancellationToken), i =>
        {
            var features = _counters.Value!.Count(texts[i].Span);
            Weigh(features);
            var row = rows[i];
            for (var at = 0; at < features.Columns.Length; at++)
            {
                FloatSpans.AddScaled(row, _vectors[features.Columns[at]], features.Values[at]);
            }

            FloatSpans.Normalise(row);
            if (features.Columns.Length > 0)
            {
                FloatSpans.AddScaled(row, _mean, -1);
            }
        });
        return rows.Values;
    }

    /// <inheritdoc/>
    public void Save(string folder)
    {
        AtomicFile.Write(Path.Combine(folder, FileName), stream =>
        {
            var header = Header();
            var rarity = MemoryMarshal.AsBytes(_rarity.AsSpan());
            var vectors = MemoryMarshal.AsBytes(_vectors.Values.AsSpan());
            stream.Write(header);
            stream.Write(rarity);
            var mean = MemoryMarshal.AsBytes(_mean.AsSpan());
            stream.Write(vectors);
            stream.Write(mean);
            var checksum = new byte[sizeof(uint)];
            BinaryPrimitives.WriteUInt32LittleEndian(checksum, Crc32C.Append(Crc32C.Append(Crc32C.Append(Crc32C.Compute(header), rarity), vectors), mean));
            stream.Write(checksum);
        });
    }

    /// <inheritdoc/>
    public void Load(string folder)
    {
        var path = Path.Combine(folder, FileName);
        var length = HeaderBytes + (sizeof(float) * (((long)_config.Features * (1 + Dimensions)) + Dimensions)) + sizeof(uint);
        if (new FileInfo(path) is not { Exists: true } file || file.Length != length)
        {
            throw Damaged(path);
        }

        using var stream = File.OpenRead(path);
        var (header, rarity, vectors, mean, checksum) = (new byte[HeaderBytes], new float[_config.Features], new float[(long)_config.Features * Dimensions], new float[Dimensions], new byte[sizeof(uint)]);
        stream.ReadExactly(header);
        stream.ReadExactly(MemoryMarshal.AsBytes(rarity.AsSpan()));
        stream.ReadExactly(MemoryMarshal.AsBytes(vectors.AsSpan()));
        stream.ReadExactly(MemoryMarshal.AsBytes(mean.AsSpan()));
        stream.ReadExactly(checksum);
        var found = Crc32C.Append(Crc32C.Append(Crc32C.Append(Crc32C.Compute(header), MemoryMarshal.AsBytes(rarity.AsSpan())), MemoryMarshal.AsBytes(vectors.AsSpan())), MemoryMarshal.AsBytes(mean.AsSpan()));
        if (!header.AsSpan().SequenceEqual(Header()) || BinaryPrimitives.ReadUInt32LittleEndian(checksum) != found)
        {
            throw Damaged(path);
        }

        (_rarity, _vectors, _mean) = (rarity, new RowMatrix(vectors, Dimensions), mean);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _counters.Dispose();
    }

    private static CorpusException Damaged(string path)
    {
        return new CorpusException(path, "What the embedding learned is missing, damaged, or of other settings. Remove the stage's folder and run again.");
    }

    // Summed in the rows' order with twice the precision.
    private static float[] MeanOf(RowMatrix rows)
    {
        var sums = new double[rows.Columns];
        for (var row = 0; row < rows.Rows; row++)
        {
            FloatSpans.Add(sums, rows[row]);
        }

        return [.. sums.Select(sum => (float)(sum / Math.Max(1, rows.Rows)))];
    }

    private byte[] Header()
    {
        var header = new byte[HeaderBytes];
        Magic.CopyTo(header);
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(8), Version);
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(12), _config.Features);
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(16), Dimensions);
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(20), (_config.WordNgrams << 8) | _config.CharacterNgrams);
        return header;
    }

    // Counts become weights in place, and the row gets length 1.
    private void Weigh(SparseRow row)
    {
        for (var i = 0; i < row.Values.Length; i++)
        {
            row.Values[i] = (float)(1 + Math.Log(row.Values[i])) * _rarity[row.Columns[i]];
        }

        FloatSpans.Normalise(row.Values);
    }

    private SparseRow[] Map(IReadOnlyList<ReadOnlyMemory<byte>> texts, CancellationToken cancellationToken, Func<ReadOnlyMemory<byte>, SparseRow> map)
    {
        var rows = new SparseRow[texts.Count];
        Parallel.For(0, texts.Count, Until(cancellationToken), i => rows[i] = map(texts[i]));
        return rows;
    }

    private ParallelOptions Until(CancellationToken cancellationToken)
    {
        return new ParallelOptions { MaxDegreeOfParallelism = _parallel.MaxDegreeOfParallelism, CancellationToken = cancellationToken };
    }
}
