using Granary.Core.Configuration;
using Granary.Data.Shards;

namespace Granary.Data.Batching;

/// <summary>A run's phases in whole numbers of steps and rows, so that all limits hold, and what had to give way to them.</summary>
internal sealed class MixturePlan
{
    // Amounts are sums of shares, so one that just fills its limit may come out a little above it.
    private const double Slack = 1e-9;

    private readonly MixtureLaw _law;
    private readonly BatchingConfig _config;
    private readonly IReadOnlyList<ShardBucket> _buckets;
    private readonly double[] _limits; // tokens by group
    private readonly List<string> _warnings;

    /// <summary>Plans the run.</summary>
    /// <exception cref="ConfigurationException">There is not one step.</exception>
    public MixturePlan(MixtureLaw law, BatchingConfig config, IReadOnlyList<ShardBucket> buckets)
    {
        (_law, _config, _buckets) = (law, config, buckets);
        _limits = [.. law.Groups.Select((group, i) => (double)(law.Limits[i] << group.Exponent))];
        _warnings = [.. law.Warnings];
        RowsPerStep = [.. buckets.Select(bucket => config.TokensPerStep >> bucket.Exponent)];
        FullSteps = law.Steps ?? law.RowsOfRun.Select((rows, bucket) => rows / RowsPerStep[bucket]).Sum();
        if (FullSteps == 0)
        {
            throw new ConfigurationException("batching", [$"'batching.tokens_per_step' is '{config.TokensPerStep}' but no bucket has as many tokens in all passes. Lower it, take more passes, or read more text."]);
        }

        var steps = law.IsWeighted ? MostSteps() : FullSteps;
        Phases = Plan(steps);
        Warn(steps);
    }

    /// <summary>The phases.</summary>
    public IReadOnlyList<PhasePlan> Phases { get; }

    /// <summary>Steps of the run before limits shorten it.</summary>
    public long FullSteps { get; }

    /// <summary>Rows of each bucket in a step of it.</summary>
    public IReadOnlyList<long> RowsPerStep { get; }

    /// <summary>What could not be as asked for, a sentence each.</summary>
    public IReadOnlyList<string> Warnings => _warnings;

    // The longest run within all limits; a longer one only uses more of everything.
    private long MostSteps()
    {
        var (low, high) = (0L, FullSteps);
        while (low < high)
        {
            var middle = (low + high + 1) / 2;
            (low, high) = Fits(middle) ? (middle, high) : (low, middle - 1);
        }

        return low > 0
            ? low
            : throw new ConfigurationException("batching", [$"The limits on repeats leave not one step of '{_config.TokensPerStep}' tokens. Raise 'batching.max_epochs', lower 'batching.tokens_per_step', or set 'batching.on_exhausted: spill'."]);
    }

    private bool Fits(long steps)
    {
        var left = (double[])_limits.Clone();
        var stepsOfPhases = StepsOfPhases(steps);
        for (var phase = 0; phase < stepsOfPhases.Length; phase++)
        {
            var tokens = (double)stepsOfPhases[phase] * _config.TokensPerStep;
            var amounts = Amounts(phase, tokens, left);
            if (amounts.Sum() < tokens * (1 - Slack))
            {
                return false;
            }

            for (var i = 0; i < left.Length; i++)
            {
                left[i] -= amounts[i];
                if (left[i] < -Slack * _limits[i])
                {
                    return false;
                }
            }
        }

        return true;
    }

    // Tokens of each group: what its share says, or, where limits bend the mixture, what is left of it at most.
    private double[] Amounts(int phase, double tokens, double[] left)
    {
        var shares = _law.Phases[phase].Shares;
        return _config.OnExhausted == "spill" || !_law.IsWeighted
            ? Apportionment.Fill(tokens, shares, left)
            : Array.ConvertAll(shares, share => share * tokens);
    }

    private long[] StepsOfPhases(long steps)
    {
        var end = 0L;
        return [.. _law.Phases.Select(phase =>
        {
            var start = end;
            var wanted = phase.Config switch
            {
                { Until: > 0 } => (long)Math.Round(phase.Config.Until * steps),
                { Steps: > 0 } => start + phase.Config.Steps,
                _ => steps,
            };
            end = Math.Clamp(wanted, start, steps);
            return end - start;
        })];
    }

    private List<PhasePlan> Plan(long steps)
    {
        var plans = new List<PhasePlan>();
        var used = new long[_limits.Length];
        foreach (var (phase, stepsOfPhase) in StepsOfPhases(steps).Index())
        {
            var plan = Plan(phase, stepsOfPhase, (double)stepsOfPhase / steps, (long[])used.Clone());
            for (var i = 0; i < used.Length; i++)
            {
                used[i] += plan.RowsByGroup[i];
            }

            plans.Add(plan);
        }

        return plans;
    }

    private PhasePlan Plan(int phase, long steps, double shareOfRun, long[] used)
    {
        // (1) Tokens by group, as the mixture has them.
        var groups = _law.Groups;
        var left = _law.Limits.Zip(used, (limit, rows) => limit - rows).ToArray();
        var tokensLeft = left.Select((rows, i) => (double)(rows << groups[i].Exponent)).ToArray();
        var amounts = Apportionment.Fill((double)steps * _config.TokensPerStep, _law.Phases[phase].Shares, tokensLeft);

        // (2) Whole steps by bucket, and as many rows of its groups.
        var ofBucket = groups.Index().Where(entry => amounts[entry.Index] > 0).ToLookup(entry => entry.Item.Bucket, entry => entry.Index);
        var mostSteps = _buckets.Select((_, bucket) => ofBucket[bucket].Sum(i => left[i]) / RowsPerStep[bucket]).ToList();
        var stepsByBucket = Apportionment.Split(steps, [.. _buckets.Select((_, bucket) => ofBucket[bucket].Sum(i => amounts[i]))], mostSteps);
        var rowsByGroup = new long[groups.Count];
        for (var bucket = 0; bucket < stepsByBucket.Length; bucket++)
        {
            int[] members = [.. ofBucket[bucket]];
            var rows = Apportionment.Split(stepsByBucket[bucket] * RowsPerStep[bucket], [.. members.Select(i => amounts[i])], [.. members.Select(i => left[i])]);
            for (var i = 0; i < members.Length; i++)
            {
                rowsByGroup[members[i]] = rows[i];
            }
        }

        // (3) A run of one law goes through all rows, and those that fill no step in one cycle are the first of the next.
        var sampling = _law.Phases[phase].Sampling;
        var isWhole = !_law.IsWeighted && _law.Phases.Count == 1;
        var rowsByBucket = isWhole ? _law.RowsOfRun : [.. stepsByBucket.Select((count, bucket) => count * RowsPerStep[bucket])];
        var cyclesOfRun = (long)sampling.Cycles * _config.Passes;
        var cycles = _law.Phases[phase].Config.Cycles > 0 ? _law.Phases[phase].Config.Cycles : Math.Max(1, (long)Math.Round(cyclesOfRun * shareOfRun));
        var odds = Curricula.OddsOf(sampling, [.. _buckets.Select((bucket, i) => rowsByBucket[i] << bucket.Exponent)]);
        return new PhasePlan(stepsByBucket, cycles, odds, RowsPerStep, rowsByBucket, rowsByGroup, used);
    }

    private void Warn(long steps)
    {
        for (var phase = 0; phase < Phases.Count; phase++)
        {
            if (Phases[phase].Steps == 0)
            {
                _warnings.Add($"'batching.phases.{phase}' has no step: the phases before it take all {steps:N0}, or it is too short. Let it end later, or leave it out.");
            }
        }

        if (_law.IsWeighted)
        {
            WarnOfLimits(steps);
        }
    }

    private void WarnOfLimits(long steps)
    {
        var wanted = new double[_limits.Length];
        foreach (var (phase, stepsOfPhase) in StepsOfPhases(FullSteps).Index())
        {
            var shares = _law.Phases[phase].Shares;
            for (var i = 0; i < wanted.Length; i++)
            {
                wanted[i] += shares[i] * stepsOfPhase * _config.TokensPerStep;
            }
        }

        // One sentence a source, about those of its rows that would be repeated most.
        var exhausted = _law.Groups.Index()
            .Where(entry => wanted[entry.Index] > _limits[entry.Index] * (1 + Slack))
            .GroupBy(entry => entry.Item.Source)
            .Select(source => source.MaxBy(entry => wanted[entry.Index] / _limits[entry.Index]));
        foreach (var (index, group) in exhausted)
        {
            var name = _law.NameOfSource(group);
            var what = name is null ? $"The rows of {1L << group.Exponent:N0} tokens" : $"Source '{name}'";
            var consequence = _config.OnExhausted == "stop"
                ? $"the run stops after {steps:N0} steps instead of {FullSteps:N0}. Raise the limit, lower the weight, or set on_exhausted: spill"
                : "what is more comes from the others. Raise the limit, or lower the weight";
            _warnings.Add(FormattableString.Invariant(
                $"{what} would be used {wanted[index] / group.Tokens:F1} times in {FullSteps:N0} steps, but 'batching.max_epochs' allows {_config.MaxEpochsOf(name)}: {consequence}."));
        }

        if (_config.OnExhausted == "spill" && steps < FullSteps)
        {
            _warnings.Add(FormattableString.Invariant($"All that has a weight is used up after {steps:N0} of {FullSteps:N0} steps: the run stops there. Raise 'batching.max_epochs', or take fewer passes."));
        }
    }
}
