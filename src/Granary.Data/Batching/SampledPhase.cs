using Granary.Core.Randomness;

namespace Granary.Data.Batching;

/// <summary>Where in a phase its steps lie: which bucket each takes, and which of that bucket's steps it is.</summary>
/// <remarks>Any thread may ask; steps are counted from the phase's first.</remarks>
internal sealed class SampledPhase
{
    private const int CyclesKept = 3;

    private readonly RandomKey _key;
    private readonly bool _isLongestFirst;
    private readonly EvenDeal?[] _deals; // by bucket

    // The cycles last asked for, which can always be drawn again; guarded by itself.
    private readonly Dictionary<long, Cycle> _drawnCycles = [];

    /// <summary>Creates the phase at its place in the run.</summary>
    public SampledPhase(PhasePlan plan, IReadOnlyList<int[]> groupsOfBucket, long firstStep, long firstCycle, RandomKey key, bool isLongestFirst)
    {
        (Plan, FirstStep, FirstCycle) = (plan, firstStep, firstCycle);
        (_key, _isLongestFirst) = (key, isLongestFirst && firstStep == 0);
        _deals = [.. groupsOfBucket.Select((groups, bucket) => groups.Length > 1 && plan.StepsByBucket[bucket] > 0
            ? new EvenDeal([.. groups.Select(group => plan.RowsByGroup[group])], plan.StepsByBucket[bucket])
            : null)];
    }

    /// <summary>The phase in numbers.</summary>
    public PhasePlan Plan { get; }

    /// <summary>The phase's first step in the run.</summary>
    public long FirstStep { get; }

    /// <summary>The phase's first cycle in the run.</summary>
    public long FirstCycle { get; }

    /// <summary>What the groups of a bucket give in each of its steps; null where the bucket is one group.</summary>
    public EvenDeal? DealOf(int bucket)
    {
        return _deals[bucket];
    }

    /// <summary>Steps of the phase in front of one of its cycles.</summary>
    public long StepsBefore(long cycle)
    {
        var steps = 0L;
        for (var bucket = 0; bucket < Plan.RowsByBucket.Length; bucket++)
        {
            steps += Plan.StepsBefore(bucket, cycle);
        }

        return steps;
    }

    /// <summary>A step's cycle, its bucket, and which of the bucket's steps in the phase it is.</summary>
    public (long Cycle, int Bucket, long StepOfBucket) Find(long step)
    {
        var index = FindCycle(step);
        var cycle = DrawnCycle(index);
        var place = (int)(step - StepsBefore(index));
        var bucket = cycle.Buckets[place];
        return (index, bucket, Plan.StepsBefore(bucket, index) + cycle.Ordinals[place]);
    }

    private long FindCycle(long step)
    {
        var (low, high) = (0L, Plan.Cycles - 1);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = StepsBefore(middle + 1) > step ? (low, middle) : (middle + 1, high);
        }

        return low;
    }

    private Cycle DrawnCycle(long index)
    {
        lock (_drawnCycles)
        {
            if (_drawnCycles.TryGetValue(index, out var drawn))
            {
                return drawn;
            }
        }

        var cycle = Draw(index);
        lock (_drawnCycles)
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
        var left = Plan.RowsByBucket.Select((_, bucket) => Plan.StepsBefore(bucket, index + 1) - Plan.StepsBefore(bucket, index)).ToArray();
        var buckets = new byte[left.Sum()];
        var key = _key.Fold(FirstCycle + index);
        for (var place = 0; place < buckets.Length; place++)
        {
            var drawn = DrawBucket(left, key.DoubleAt(place));
            left[drawn]--;
            buckets[place] = (byte)drawn;
        }

        if (index == 0 && _isLongestFirst && buckets.Length > 0)
        {
            var first = Array.IndexOf(buckets, buckets.Max());
            (buckets[0], buckets[first]) = (buckets[first], buckets[0]);
        }

        var seen = new int[left.Length];
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
                sum += Plan.Odds[i];
                last = i;
            }
        }

        var mark = uniform * sum;
        for (var i = 0; i < last; i++)
        {
            if (left[i] > 0)
            {
                mark -= Plan.Odds[i];
                if (mark < 0)
                {
                    return i;
                }
            }
        }

        return last;
    }

    private sealed record Cycle(byte[] Buckets, int[] Ordinals);
}
