using System.Globalization;
using System.Numerics;
using System.Text.Json.Nodes;
using Granary.Core.Configuration;
using Granary.Core.Randomness;
using Granary.Data.Batching;
using Granary.Data.Shards;
using Granary.Models.Decoder;
using Granary.Pipelines.Decomposition;
using Granary.Pipelines.Decomposition.Packing;
using Granary.Training;
using Granary.Training.Objectives;
using Granary.Training.Optimizers;

namespace Granary.Cli.Benchmarks;

/// <summary>
/// Times training steps of every batching type on the same synthetic documents, in turn, so that what else the machine
/// does falls on all: some steps of each type, then some of plain rows of each length, and again.
/// </summary>
internal sealed class BatchingBenchmark : IDisposable
{
    private const int Warmup = 1;
    private static readonly string Tokenizer = new('0', 64);

    private readonly BatchingBenchmarkConfig _config;
    private readonly DecoderModel _model;
    private readonly IOptimizer _optimizer;
    private readonly TimeProvider _time;
    private readonly RandomKey _key = RandomKey.FromSeed(1).Use("benchmark");
    private readonly string _folder = Directory.CreateTempSubdirectory("granary-bench-").FullName;
    private readonly List<IDisposable> _open = [];

    /// <summary>Times steps of a model.</summary>
    public BatchingBenchmark(BatchingBenchmarkConfig config, DecoderModel model, IOptimizer optimizer, TimeProvider time)
    {
        _config = config;
        _model = model;
        _optimizer = optimizer;
        _time = time;
    }

    /// <summary>What is measured, an object a line: the model, the documents' buckets, then each sample as it is taken.</summary>
    /// <exception cref="ConfigurationException">The documents do not fill the steps asked for.</exception>
    public IEnumerable<JsonObject> Run()
    {
        var rest = _model.Spec.TrainingFlopsPerToken(0);
        yield return new JsonObject
        {
            ["kind"] = "model",
            ["length"] = _config.Length,
            ["rest_flops"] = rest,
            ["flops_per_length"] = _model.Spec.TrainingFlopsPerToken(1) - rest,
        };
        var pieces = Pieces(out var buckets);
        foreach (var bucket in buckets)
        {
            yield return new JsonObject { ["kind"] = "bucket", ["length"] = 1L << bucket.Exponent, ["tokens"] = bucket.Rows << bucket.Exponent };
        }

        var types = Types(pieces).ToList();
        for (var round = 0; round <= _config.Rounds; round++)
        {
            // Round 0 warms up: every length and type once.
            var (first, steps) = round == 0 ? (0, Warmup) : (Warmup + ((round - 1) * _config.Steps), _config.Steps);
            foreach (var (name, batches) in types)
            {
                var timing = BatchBenchmark.Run(_model, _optimizer, batches, first, steps, _time);
                if (round > 0)
                {
                    yield return Sample("type", name, round, timing);
                }
            }

            foreach (var length in Lengths())
            {
                using var benchmark = new StepBenchmark(_model, new NextTokenConfig().Build(), _optimizer, _time);
                var seconds = benchmark.Run(_config.TokensPerStep / length, length, benchmark.StepsToSettle, round == 0 ? Warmup : _config.LengthSteps);
                if (round > 0)
                {
                    yield return Sample("length", length.ToString(CultureInfo.InvariantCulture), round, new BatchTiming(seconds.Sum(), 0, (long)seconds.Count * _config.TokensPerStep, (length - 1) / 2.0));
                }
            }
        }
    }

    /// <summary>Removes the shards.</summary>
    public void Dispose()
    {
        _open.Reverse();
        _open.ForEach(opened => opened.Dispose());
        Directory.Delete(_folder, recursive: true);
    }

    private static JsonObject Sample(string kind, string name, int round, BatchTiming timing)
    {
        return new JsonObject
        {
            ["kind"] = kind,
            ["name"] = name,
            ["round"] = round,
            ["seconds_per_token"] = timing.Seconds / timing.Tokens,
            ["load_share"] = timing.LoadSeconds / timing.Seconds,
            ["mean_context"] = timing.MeanContext,
            ["tokens"] = timing.Tokens,
        };
    }

    private IEnumerable<int> Lengths()
    {
        for (var length = 1 << _config.MinExponent; length <= _config.Length; length <<= 1)
        {
            yield return length;
        }
    }

    private IEnumerable<(string Name, IBatchSource Batches)> Types(ShardSet pieces)
    {
        var (length, tokens) = (_config.Length, _config.TokensPerStep);
        var ladder = new SkyLadderConfig { RowLength = length, TokensPerStep = tokens };
        var stream = Packed("stream", ladder);
        yield return (DatasetDecompositionConfig.Name, Loader(pieces, new DatasetDecompositionConfig { TokensPerStep = tokens, Curriculum = "natural", Cycles = 1 }));
        yield return (ConcatAndChunkConfig.Name, Loader(stream, new ConcatAndChunkConfig { RowLength = length, TokensPerStep = tokens }));
        yield return (DocumentMaskingConfig.Name, Loader(stream, new DocumentMaskingConfig { RowLength = length, TokensPerStep = tokens }));
        var fit = new BestFitConfig { RowLength = length, TokensPerStep = tokens };
        yield return (BestFitConfig.Name, Loader(Packed("fit", fit), fit));
        yield return (SkyLadderConfig.Name, Loader(stream, ladder));
    }

    private ShardSet Pieces(out IReadOnlyList<ShardBucket> buckets)
    {
        var config = new DecompositionConfig { MinExponent = _config.MinExponent, MaxExponent = BitOperations.Log2((uint)_config.Length) };
        var folder = Path.Combine(_folder, "pieces");
        buckets = new ShardBuilder(config, 1, Tokenizer, _model.Spec.VocabSize, ["synthetic"])
            .Build(folder, new TokenizedDocuments("synthetic", finished => Documents().Skip((int)finished))).Buckets;
        return Open(folder);
    }

    private ShardSet Packed(string name, PackedBatchingConfig config)
    {
        var folder = Path.Combine(_folder, name);
        new PackedShardBuilder(config, 1, Tokenizer, _model.Spec.VocabSize, SyntheticCorpus.EndOfText, ["synthetic"])
            .Build(folder, new TokenizedDocuments("synthetic", finished => Documents().Skip((int)finished)));
        return Open(folder);
    }

    private IEnumerable<TokenizedDocument> Documents()
    {
        return SyntheticCorpus.Documents(_key.Use("documents"), _config.Tokens, _model.Spec.VocabSize);
    }

    private ShardSet Open(string folder)
    {
        var set = ShardSet.Open(Path.Combine(folder, ShardManifest.FileName));
        _open.Add(set);
        return set;
    }

    private BatchLoader Loader(ShardSet set, BatchingConfig config)
    {
        var count = Warmup + (_config.Rounds * _config.Steps);
        var sampler = new BucketSampler(set.Manifest, config, seed: 1);
        if (sampler.TotalSteps < count)
        {
            throw new ConfigurationException("bench", [$"'--tokens' is '{_config.Tokens}', which gives {sampler.TotalSteps} steps, but {count} are timed. Raise it, or take fewer rounds or steps."]);
        }

        var loader = new BatchLoader(set, new EvenSteps(sampler, count, _key.Use("steps")), lawAt: step => config.LawAt(step, count));
        _open.Add(loader);
        return loader;
    }
}
