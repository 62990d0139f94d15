using Granary.Core.Configuration;
using Granary.Core.Randomness;
using Granary.Data.Shards;

namespace Granary.Data.Batching;

/// <summary>
/// Dataset decomposition's sampler (algorithm 1 of the paper) as a pure function of manifest, configuration, seed and
/// step. Every step takes its rows from one bucket; without weights every row of the mixture comes once a pass.
/// </summary>
/// <remarks>
/// The rows of a bucket, or with weights those of each of its groups, form an endless queue: pass after pass, each in an
/// order of its own. A step takes the next tokens_per_step / length rows of its bucket, from its groups as evenly as
/// whole rows allow, and a cycle ends where the bucket has reached its share of the phase, rounded down to whole steps.
/// So rows that fill no step in one cycle or pass are the first of the next, and only the end of the last pass leaves
/// rows over; <see cref="Describe"/> says how many.
/// (1) Find the cycle of the step: closed forms and bisection. (2) Draw the cycle's buckets, kept for the last cycles
/// asked for: O(steps of the cycle) once. (3) See what each group has given before the step, and put the places in
/// their queues through the permutations: O(rows of the step, groups of the bucket).
/// </remarks>
public sealed class BucketSampler : IStepSource
{
    private readonly MixtureLaw _law;
    private readonly MixturePlan _plan;
    private readonly List<SampledPhase> _phases = [];
    private readonly RowQueue[] _queues; // by group
    private readonly int[][] _groupsOfBucket;

    /// <summary>Creates the sampler of a shard set.</summary>
    /// <exception cref="ConfigurationException">The configuration is at fault, or does not fit the set.</exception>
    public BucketSampler(ShardManifest manifest, BatchingConfig config, long seed)
        : this(manifest, config, seed, groupWeights: null)
    {
    }

    /// <summary>Creates the sampler of a run of so many steps, over a share of the rows: a long run's likeness in small.</summary>
    /// <exception cref="ConfigurationException">The configuration is at fault, or does not fit the set.</exception>
    public BucketSampler(ShardManifest manifest, BatchingConfig config, long seed, RunScale scale)
        : this(manifest, config, seed, groupWeights: null, scale)
    {
    }

    /// <summary>Creates the sampler with a share of the tokens for each (exponent, source, cluster), in any unit; what is not named is left out.</summary>
    /// <exception cref="ConfigurationException">The configuration is at fault, or does not fit the set.</exception>
    internal BucketSampler(ShardManifest manifest, BatchingConfig config, long seed, IReadOnlyDictionary<(int Exponent, int Source, int Cluster), double>? groupWeights, RunScale? scale = null)
    {
        Check(manifest, config);
        TokensPerStep = config.TokensPerStep;
        OrderSha256 = config.SignOrder(OrderHash.Of(manifest.ManifestHash, config, seed, groupWeights, scale));
        var key = KeyOf(seed, manifest.ManifestHash);
        _law = new MixtureLaw(manifest, config, groupWeights is null ? null : group => groupWeights.GetValueOrDefault((group.Exponent, group.Source, group.Cluster)), scale, key);
        _plan = new MixturePlan(_law, config, manifest.Buckets);
        _groupsOfBucket = [.. manifest.Buckets.Select((_, bucket) => _law.Groups.Index().Where(entry => entry.Item.Bucket == bucket).Select(entry => entry.Index).ToArray())];

        _queues = [.. _law.Groups.Select((group, i) => new RowQueue(KeyOf(key, group), group, _law.RowsPerPass(i)))];
        var firstCycle = 0L;
        foreach (var phase in _plan.Phases)
        {
            _phases.Add(new SampledPhase(phase, _groupsOfBucket, TotalSteps, firstCycle, key.Use("bucket"), config.ToSampling().LongestFirst));
            TotalSteps += phase.Steps;
            firstCycle += phase.Cycles;
        }

        Report = new SamplerReport(manifest, config, _law, _plan);
    }

    /// <inheritdoc/>
    public long TotalSteps { get; }

    /// <inheritdoc/>
    public long TokensPerStep { get; }

    /// <inheritdoc/>
    public string OrderSha256 { get; }

    /// <summary>What could not be as the configuration asks, a sentence each.</summary>
    public IReadOnlyList<string> Warnings => _plan.Warnings;

    /// <summary>What the run uses of each group of rows that the mixture weighs.</summary>
    public IReadOnlyList<GroupUse> Uses => [.. _law.Groups.Select((group, i) => new GroupUse(
        _law.NameOfSource(group), group.Cluster, group.Exponent, group.Tokens, _plan.Phases.Sum(phase => phase.RowsByGroup[i]) << group.Exponent))];

    /// <summary>What the steps are made of, in numbers.</summary>
    internal SamplerReport Report { get; }

    /// <inheritdoc/>
    public StepPlan PlanAt(long step)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(step);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(step, TotalSteps);

        // (1), (2) The cycle, the bucket, and which of the bucket's steps in the phase this is.
        var phase = _phases.Last(phase => phase.FirstStep <= step && phase.Plan.Steps > 0);
        var (cycle, bucket, stepOfBucket) = phase.Find(step - phase.FirstStep);

        // (3) The rows.
        var rows = new long[_plan.RowsPerStep[bucket]];
        FillRows(phase, bucket, stepOfBucket, rows);
        return new StepPlan(step, phase.FirstCycle + cycle, _law.Groups[_groupsOfBucket[bucket][0]].Exponent, rows);
    }

    /// <summary>For each row of a step, in their order, which of <see cref="Uses"/> it belongs to.</summary>
    public int[] UsesAt(long step)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(step);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(step, TotalSteps);
        var phase = _phases.Last(phase => phase.FirstStep <= step && phase.Plan.Steps > 0);
        var (_, bucket, stepOfBucket) = phase.Find(step - phase.FirstStep);
        var groups = _groupsOfBucket[bucket];
        if (phase.DealOf(bucket) is not { } deal)
        {
            return [.. Enumerable.Repeat(groups[0], (int)_plan.RowsPerStep[bucket])];
        }

        var (before, after) = deal.Around(stepOfBucket);
        return [.. groups.SelectMany((group, i) => Enumerable.Repeat(group, (int)(after[i] - before[i])))];
    }

    /// <summary>The number of steps in front of a cycle, counted over all phases and passes; the cycle behind the last gives all.</summary>
    public long StepsBefore(long cycle)
    {
        var phase = _phases.Last(phase => phase.FirstCycle <= cycle);
        return phase.FirstStep + phase.StepsBefore(Math.Min(cycle - phase.FirstCycle, phase.Plan.Cycles));
    }

    /// <summary>The first step of each phase; a single 0 where the configuration names none.</summary>
    public IReadOnlyList<long> FirstStepsOfPhases()
    {
        return [.. _phases.Select(phase => phase.FirstStep)];
    }

    /// <summary>Steps of each row length 2^exponent in the whole run, by exponent.</summary>
    public IReadOnlyDictionary<int, long> CountStepsByExponent()
    {
        return Report.Buckets.ToDictionary(bucket => bucket.Exponent, bucket => bucket.Steps);
    }

    /// <summary>Tables for people: what of each bucket and source is used, in how many steps, and what is left over.</summary>
    public string Describe()
    {
        return Report.ToString();
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

    private static void Check(ShardManifest manifest, BatchingConfig config)
    {
        var errors = new ConfigurationErrors();
        config.Validate("batching", errors);
        errors.Require(manifest.Buckets.Count > 0, "batching", "a shard set without rows", "a set with at least one row: check the corpus and the shortest piece");
        if (manifest.Buckets.Count > 0)
        {
            var longest = 1L << manifest.Buckets[^1].Exponent;
            errors.Require(config.TokensPerStep % longest == 0, "batching.tokens_per_step", config.TokensPerStep, $"a multiple of the longest row ({longest}), so that every length fills a step: raise it, or lower decomposition.max_exponent");
        }

        errors.ThrowIfAny("batching");
    }

    private static RandomKey KeyOf(RandomKey key, MixtureGroup group)
    {
        var ofBucket = key.Use("rows").Fold(group.Exponent);
        return group.IsWholeBucket ? ofBucket : ofBucket.Use("group").Fold(group.Source).Fold(group.Cluster);
    }

    private void FillRows(SampledPhase phase, int bucket, long stepOfBucket, Span<long> rows)
    {
        var groups = _groupsOfBucket[bucket];
        var rowsBefore = phase.Plan.RowsBefore;
        if (phase.DealOf(bucket) is not { } deal)
        {
            _queues[groups[0]].Fill(rowsBefore[groups[0]] + (stepOfBucket * rows.Length), rows);
            return;
        }

        var (before, after) = deal.Around(stepOfBucket);
        var filled = 0;
        for (var i = 0; i < groups.Length; i++)
        {
            var count = (int)(after[i] - before[i]);
            _queues[groups[i]].Fill(rowsBefore[groups[i]] + before[i], rows.Slice(filled, count));
            filled += count;
        }
    }
}
