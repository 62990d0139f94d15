using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Granary.Core.Configuration;
using Granary.Core.Randomness;
using Granary.Data.Shards;

namespace Granary.Data.Batching;

/// <summary>
/// Dataset decomposition's sampler (algorithm 1 of the paper) as a pure function of manifest, configuration, seed and
/// step. Every step takes its rows from one bucket; every row of the mixture comes once a pass.
/// </summary>
/// <remarks>
/// Each bucket's rows form one endless queue: pass after pass, each in an order of its own. A step takes the next
/// tokens_per_step / length rows of its bucket's queue, and a cycle ends where the queue has reached its share of the
/// pass, rounded down to whole steps. So rows that fill no step in one cycle or pass are the first of the next, and
/// only the end of the last pass leaves rows over; <see cref="Describe"/> says how many. Where a mixture takes only a
/// part of a bucket, each pass takes the part that has waited longest.
/// (1) Find the cycle of the step: closed forms and bisection. (2) Draw the cycle's buckets, kept for the last cycles
/// asked for: O(steps of the cycle) once. (3) Put the queue's positions through the permutations: O(rows of the step).
/// </remarks>
public sealed class BucketSampler : IStepSource
{
    private const int CyclesKept = 3;
    private const int PermutationsKept = 64;

    private readonly DatasetDecompositionConfig _config;
    private readonly RandomKey _key;
    private readonly Bucket[] _buckets;
    private readonly long _cycles; // over all passes

    // Guards the two caches below, which any thread may fill; what they hold can always be computed again.
    private readonly Lock _caches = new();
    private readonly Dictionary<long, Cycle> _drawnCycles = [];
    private readonly Dictionary<(int Bucket, long Pass), RowPermutation> _permutations = [];

    /// <summary>Creates the sampler of a shard set.</summary>
    /// <exception cref="ConfigurationException">The configuration is at fault, or does not fit the set's buckets.</exception>
    public BucketSampler(ShardManifest manifest, BatchingConfig config, long seed)
    {
        Check(manifest, config);
        var sampling = config.ToSampling();
        _config = sampling;
        _cycles = (long)sampling.Cycles * sampling.Passes;
        _key = KeyOf(seed, manifest.ManifestHash);
        OrderSha256 = config.SignOrder(HashOf(manifest.ManifestHash, sampling, seed));

        var rowsPerPass = Mixtures.RowsPerPass(sampling, manifest.Buckets);
        var odds = Curricula.OddsOf(sampling, [.. manifest.Buckets.Select((bucket, i) => rowsPerPass[i] << bucket.Exponent)]);
        _buckets = [.. manifest.Buckets.Select((bucket, i) =>
            new Bucket(bucket.Exponent, bucket.Rows, rowsPerPass[i], config.TokensPerStep >> bucket.Exponent, odds[i]))];
        TotalSteps = StepsBefore(_cycles);
        if (TotalSteps == 0)
        {
            throw new ConfigurationException("batching", [$"'batching.tokens_per_step' is '{config.TokensPerStep}' but no bucket has as many tokens in all passes. Lower it, take more passes, or read more text."]);
        }
    }

    /// <inheritdoc/>
    public long TotalSteps { get; }

    /// <inheritdoc/>
    public long TokensPerStep => _config.TokensPerStep;

    /// <inheritdoc/>
    public string OrderSha256 { get; }

    /// <inheritdoc/>
    public StepPlan PlanAt(long step)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(step);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(step, TotalSteps);

        // (1) The cycle.
        var index = FindCycle(step);

        // (2) The bucket, and which of its own steps this is.
        var cycle = DrawnCycle(index);
        var place = (int)(step - StepsBefore(index));
        var bucket = cycle.Buckets[place];
        var stepOfBucket = _buckets[bucket].StepsBefore(index, _config.Cycles) + cycle.Ordinals[place];

        // (3) The rows.
        var rows = new long[_buckets[bucket].RowsPerStep];
        FillRows(bucket, stepOfBucket * rows.Length, rows);
        return new StepPlan(step, index, _buckets[bucket].Exponent, rows);
    }

    /// <summary>The number of steps in front of a cycle, counted over all passes; the cycle behind the last gives all.</summary>
    public long StepsBefore(long cycle)
    {
        var steps = 0L;
        foreach (var bucket in _buckets)
        {
            steps += bucket.StepsBefore(cycle, _config.Cycles);
        }

        return steps;
    }

    /// <summary>Steps of each row length 2^exponent in the whole run, by exponent.</summary>
    public IReadOnlyDictionary<int, long> CountStepsByExponent()
    {
        return _buckets.ToDictionary(bucket => bucket.Exponent, bucket => bucket.StepsBefore(_cycles, _config.Cycles));
    }

    /// <summary>A table for people: what of each bucket is used, in how many steps, and what is left over.</summary>
    public string Describe()
    {
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"{TotalSteps:N0} steps of {TokensPerStep:N0} tokens in {_config.Passes:N0} pass(es) of {_config.Cycles:N0} cycle(s)");
        text.AppendLine("  length        rows  rows a pass   rows a step       steps  rows left over");
        foreach (var bucket in _buckets)
        {
            var steps = bucket.StepsBefore(_cycles, _config.Cycles);
            var left = (bucket.RowsPerPass * _config.Passes) - (steps * bucket.RowsPerStep);
            text.AppendLine(CultureInfo.InvariantCulture, $"{1L << bucket.Exponent,8:N0}{bucket.Rows,12:N0}{bucket.RowsPerPass,13:N0}{bucket.RowsPerStep,14:N0}{steps,12:N0}{left,16:N0}");
        }

        return text.ToString();
    }

    private static RandomKey KeyOf(long seed, string manifestHash)
    {
        var key = RandomKey.FromSeed(seed).Use("batching/order");
        var hash = Convert.FromHexString(manifestHash);
        for (var i = 0; i < hash.Length; i += sizeof(long))
        {
            key = key.Fold(System.Buffers.Binary.BinaryPrimitives.ReadInt64LittleEndian(hash.AsSpan(i)));
        }

        return key;
    }

    private static string HashOf(string manifestHash, DatasetDecompositionConfig config, long seed)
    {
        var text = string.Create(
            CultureInfo.InvariantCulture,
            $"manifest={manifestHash} seed={seed} tokens_per_step={config.TokensPerStep} mixture={config.Mixture}:{Join(config.MixtureFractions)} max_tokens_per_pass={config.MaxTokensPerPass} curriculum={config.Curriculum}:{Join(config.Odds)} odds_times_tokens={config.OddsTimesTokens} cycles={config.Cycles} passes={config.Passes} longest_first={config.LongestFirst}");
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
    }

    private static string Join(IReadOnlyList<double> values)
    {
        return string.Join(',', values.Select(value => value.ToString("R", CultureInfo.InvariantCulture)));
    }

    private static void Check(ShardManifest manifest, BatchingConfig config)
    {
        var errors = new ConfigurationErrors();
        config.Validate("batching", errors);
        var sampling = config.ToSampling();
        var buckets = string.Join(", ", manifest.Buckets.Select(bucket => $"2^{bucket.Exponent}"));
        var count = manifest.Buckets.Count;
        errors.Require(count > 0, "batching", "a shard set without rows", "a set with at least one row: check the corpus and the shortest piece");
        errors.Require(sampling.Mixture != "list" || sampling.MixtureFractions.Count == count, "batching.mixture_fractions", string.Join(", ", sampling.MixtureFractions), $"a list of {count}, one for each of the set's buckets ({buckets})");
        errors.Require(sampling.Curriculum != "list" || sampling.Odds.Count == count, "batching.odds", string.Join(", ", sampling.Odds), $"a list of {count}, one for each of the set's buckets ({buckets})");
        if (count > 0)
        {
            var longest = 1L << manifest.Buckets[^1].Exponent;
            errors.Require(config.TokensPerStep % longest == 0, "batching.tokens_per_step", config.TokensPerStep, $"a multiple of the longest row ({longest}), so that every length fills a step: raise it, or lower decomposition.max_exponent");
        }

        errors.ThrowIfAny("batching");
    }

    private long FindCycle(long step)
    {
        var (low, high) = (0L, _cycles - 1);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (StepsBefore(middle + 1) > step)
            {
                high = middle;
            }
            else
            {
                low = middle + 1;
            }
        }

        return low;
    }

    private Cycle DrawnCycle(long index)
    {
        lock (_caches)
        {
            if (_drawnCycles.TryGetValue(index, out var drawn))
            {
                return drawn;
            }
        }

        var cycle = Draw(index);
        lock (_caches)
        {
            if (_drawnCycles.Count >= CyclesKept)
            {
                _drawnCycles.Clear();
            }

            _drawnCycles[index] = cycle;
        }

        return cycle;
    }

    // Algorithm 1: while any bucket of the cycle has steps left, draw one of those by its odds.
    private Cycle Draw(long index)
    {
        var left = Array.ConvertAll(_buckets, bucket => bucket.StepsBefore(index + 1, _config.Cycles) - bucket.StepsBefore(index, _config.Cycles));
        var buckets = new byte[left.Sum()];
        var key = _key.Use("bucket").Fold(index);
        for (var place = 0; place < buckets.Length; place++)
        {
            var drawn = DrawBucket(left, key.DoubleAt(place));
            left[drawn]--;
            buckets[place] = (byte)drawn;
        }

        if (index == 0 && _config.LongestFirst && buckets.Length > 0)
        {
            var first = Array.IndexOf(buckets, buckets.Max());
            (buckets[0], buckets[first]) = (buckets[first], buckets[0]);
        }

        var seen = new int[_buckets.Length];
        return new Cycle(buckets, Array.ConvertAll(buckets, bucket => seen[bucket]++));
    }

    private int DrawBucket(long[] left, double uniform)
    {
        var sum = 0.0;
        var last = 0;
        for (var i = 0; i < left.Length; i++)
        {
            if (left[i] > 0)
            {
                sum += _buckets[i].Odds;
                last = i;
            }
        }

        var mark = uniform * sum;
        for (var i = 0; i < last; i++)
        {
            if (left[i] > 0)
            {
                mark -= _buckets[i].Odds;
                if (mark < 0)
                {
                    return i;
                }
            }
        }

        return last;
    }

    private void FillRows(int bucket, long position, Span<long> rows)
    {
        var (all, perPass) = (_buckets[bucket].Rows, _buckets[bucket].RowsPerPass);
        var isWhole = perPass == all;
        var selection = isWhole ? null : Permutation(bucket, -1);
        var pass = -1L;
        RowPermutation? order = null;
        for (var i = 0; i < rows.Length; i++, position++)
        {
            if (position / perPass != pass)
            {
                pass = position / perPass;
                order = Permutation(bucket, pass);
            }

            var place = order!.At(position % perPass);
            rows[i] = isWhole ? place : selection!.At(((pass * perPass) + place) % all);
        }
    }

    // Pass -1 stands for the order in which a mixture that takes a part of the bucket goes through all of it.
    private RowPermutation Permutation(int bucket, long pass)
    {
        lock (_caches)
        {
            if (!_permutations.TryGetValue((bucket, pass), out var permutation))
            {
                if (_permutations.Count >= PermutationsKept)
                {
                    _permutations.Clear();
                }

                var key = _key.Use("rows").Fold(_buckets[bucket].Exponent).Fold(pass);
                permutation = new RowPermutation(key, pass < 0 ? _buckets[bucket].Rows : _buckets[bucket].RowsPerPass);
                _permutations[(bucket, pass)] = permutation;
            }

            return permutation;
        }
    }

    private sealed record Cycle(byte[] Buckets, int[] Ordinals);

    private sealed record Bucket(int Exponent, long Rows, long RowsPerPass, long RowsPerStep, double Odds)
    {
        // Rows the queue has reached when the cycle begins, rounded down to whole steps.
        public long StepsBefore(long cycle, int cyclesPerPass)
        {
            var (pass, part) = Math.DivRem(cycle, cyclesPerPass);
            var reached = (pass * RowsPerPass) + (long)((Int128)RowsPerPass * part / cyclesPerPass);
            return reached / RowsPerStep;
        }
    }
}
