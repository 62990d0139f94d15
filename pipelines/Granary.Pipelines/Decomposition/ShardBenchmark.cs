using Granary.Core.Randomness;
using Granary.Data.Batching;
using Granary.Data.Shards;

namespace Granary.Pipelines.Decomposition;

/// <summary>
/// Times the ways of tokens through shards, with made-up ids and the paper's stand-in for document lengths,
/// lognormal(ln 270, 1.25). Rates count CPU seconds of the whole process, so they are those of one core.
/// </summary>
public sealed class ShardBenchmark
{
    private const int Vocabulary = 50_000;
    private const int PoolIds = 1 << 22;
    private const int LongestDocument = 1 << 20;
    private const double LogMedian = 5.598_421_958_998_375; // ln 270
    private const double LogDeviation = 1.25;

    private static readonly DecompositionConfig Config = new() { MinExponent = 8, MaxExponent = 13 };
    private static readonly string Digest = new('0', 64);

    private readonly string _folder;
    private readonly TimeProvider _time;
    private readonly RandomKey _key = RandomKey.FromSeed(1).Use("benchmark");

    /// <summary>Creates a benchmark that works in an empty folder.</summary>
    public ShardBenchmark(string folder, TimeProvider time)
    {
        _folder = folder;
        _time = time;
    }

    private string SetPath => Path.Combine(_folder, "set", ShardManifest.FileName);

    /// <summary>The ids documents are made of; drawn before anything is timed.</summary>
    private int[] Pool => field ??= [.. Enumerable.Range(0, PoolIds).Select(i => 1 + (int)_key.BelowAt(i, Vocabulary - 1))];

    /// <summary>Cuts and writes at least so many tokens; tokens a CPU second.</summary>
    public double Build(long tokens)
    {
        var builder = new ShardBuilder(Config, seed: 1, Digest, Vocabulary, ["made up"]);
        var documents = new TokenizedDocuments("made up", _ => Documents(tokens));
        _ = Pool.Length;
        return Rate(() => builder.Build(Path.GetDirectoryName(SetPath)!, documents, replace: true).Ledger.TokensRead);
    }

    /// <summary>
    /// Copies every row of each bucket once, in random order: tokens a CPU second by exponent, the first time with each
    /// block's checksum, the second time, when all blocks are known to be whole, without.
    /// </summary>
    public IReadOnlyDictionary<int, (double Verified, double Plain)> ReadRows()
    {
        using (var warm = ShardSet.Open(SetPath))
        {
            // Compiles the loop; what it has checked goes with the set.
            var longest = warm.Manifest.Buckets[^1];
            CopyAll(warm, longest.Exponent, [.. Enumerable.Range(0, (int)longest.Rows).Select(row => (long)row)], new long[1 << longest.Exponent]);
        }

        using var set = ShardSet.Open(SetPath);
        var rates = new Dictionary<int, (double, double)>();
        foreach (var bucket in set.Manifest.Buckets)
        {
            var rows = new long[bucket.Rows];
            for (var row = 0; row < rows.Length; row++)
            {
                var other = (int)_key.Use("order").BelowAt(row, row + 1);
                rows[row] = rows[other];
                rows[other] = row;
            }

            var ids = new long[1 << bucket.Exponent];
            rates[bucket.Exponent] = (Rate(() => CopyAll(set, bucket.Exponent, rows, ids)), Rate(() => CopyAll(set, bucket.Exponent, rows, ids)));
        }

        return rates;
    }

    /// <summary>Loads every step of a pass when it is asked for: tokens a CPU second.</summary>
    public double LoadSteps(long tokensPerStep)
    {
        using var set = ShardSet.Open(SetPath);
        using var loader = new BatchLoader(set, new BucketSampler(set.Manifest, new DatasetDecompositionConfig { TokensPerStep = tokensPerStep }, seed: 1), stepsAhead: 0);
        return Rate(() =>
        {
            for (var step = 0L; step < loader.TotalSteps; step++)
            {
                loader.Load(step).Dispose();
            }

            return loader.TotalSteps * tokensPerStep;
        });
    }

    /// <summary>Opens a set of so many shards, each with a file of its length: wall seconds of each time.</summary>
    public IReadOnlyList<double> Open(int shards, int times)
    {
        var path = WriteManyShards(shards);
        var seconds = new List<double>();
        for (var time = 0; time < times; time++)
        {
            var begin = _time.GetTimestamp();
            ShardSet.Open(path).Dispose();
            seconds.Add(_time.GetElapsedTime(begin).TotalSeconds);
        }

        return seconds;
    }

    private static double Rate(Func<long> work)
    {
        var before = Environment.CpuUsage.TotalTime;
        var tokens = work();
        return tokens / (Environment.CpuUsage.TotalTime - before).TotalSeconds;
    }

    private static long CopyAll(ShardSet set, int exponent, long[] rows, long[] ids)
    {
        foreach (var row in rows)
        {
            set.CopyRow(exponent, row, ids);
        }

        return (long)rows.Length << exponent;
    }

    private IEnumerable<TokenizedDocument> Documents(long tokens)
    {
        var (lengths, places) = (_key.Use("lengths"), _key.Use("places"));
        for (var (document, written) = (0L, 0L); written < tokens; document++)
        {
            var length = (int)Math.Clamp(Math.Exp(LogMedian + (LogDeviation * Normal(lengths, document))), 1, LongestDocument);
            var place = (int)places.BelowAt(document, PoolIds - length);
            written += length;
            yield return new TokenizedDocument(new DocumentHash((UInt128)document), 0, Pool.AsMemory(place, length));
        }
    }

    // Box and Muller's normal deviate.
    private static double Normal(RandomKey key, long index)
    {
        return Math.Sqrt(-2 * Math.Log(1 - key.DoubleAt(2 * index))) * Math.Cos(2 * Math.PI * key.DoubleAt((2 * index) + 1));
    }

    // Sparse files that nobody reads: opening looks at lengths at most.
    private string WriteManyShards(int shards)
    {
        var folder = Path.Combine(_folder, "many");
        var bytes = 1L << 20;
        Directory.CreateDirectory(Path.Combine(folder, "d08"));
        var entries = Enumerable.Range(0, shards).Select(number => new ShardEntry
        {
            File = $"d08/{number:x16}{ShardWriter.Extension}",
            Rows = 1_000,
            Bytes = bytes,
            Sha256 = $"{number:x64}",
        }).ToList();
        foreach (var entry in entries)
        {
            using var file = File.OpenHandle(Path.Combine(folder, entry.File), FileMode.Create, FileAccess.Write);
            RandomAccess.SetLength(file, bytes);
        }

        var path = Path.Combine(folder, ShardManifest.FileName);
        ManifestOf(entries).Publish(path);
        return path;
    }

    private static ShardManifest ManifestOf(List<ShardEntry> entries)
    {
        var rows = entries.Sum(entry => entry.Rows);
        var tokens = rows << Config.MinExponent;
        return new ShardManifest
        {
            Identity = new ShardIdentity { VocabularySize = Vocabulary, TokenizerSha256 = Digest, ConfigSha256 = Digest },
            Sources = [new ShardSource { Name = "made up", Documents = rows, TokensRead = tokens, TokensKept = tokens, TokensDropped = 0 }],
            Ledger = DecompositionLedger.Count([], Config) with
            {
                Documents = rows,
                TokensRead = tokens,
                TokensKept = tokens,
                Targets = tokens,
                Buckets = [new TokenLedgerBucket { Exponent = Config.MinExponent, Pieces = rows }],
            },
            Buckets = [new ShardBucket { Exponent = Config.MinExponent, Rows = rows, Shards = entries }],
        };
    }
}
