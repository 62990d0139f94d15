using System.Numerics;
using Granary.Core.Randomness;

namespace Granary.Data.Batching.Tests;

/// <summary>
/// The sampler's law by its definition, slow and obvious: every queue is written out, every step takes from the front,
/// and every row of a cycle's buckets is a job with a window of steps. It is handed the plan in whole numbers.
/// </summary>
internal static class ReferenceSampler
{
    public static List<string> Plans(MixtureLaw law, MixturePlan plan, RandomKey key)
    {
        var queues = law.Groups.Select((group, i) => new Queue<long>(QueueOf(law, plan, key, i))).ToList();
        var lines = new List<string>();
        var cycleOfRun = 0L;
        foreach (var phase in plan.Phases)
        {
            var history = phase.StepsByBucket.Select((steps, bucket) => Deal([.. Members(law, bucket).Select(i => phase.RowsByGroup[i])], steps)).ToList();
            var dealt = new int[phase.StepsByBucket.Length];
            for (var cycle = 0L; cycle < phase.Cycles; cycle++, cycleOfRun++)
            {
                var left = dealt.Select((_, bucket) => phase.StepsBefore(bucket, cycle + 1) - dealt[bucket]).ToArray();
                var draws = key.Use("bucket").Fold(cycleOfRun);
                for (var place = 0; left.Sum() > 0; place++)
                {
                    var bucket = Draw(phase.Odds, left, draws.DoubleAt(place));
                    left[bucket]--;
                    var rows = Members(law, bucket).SelectMany((group, i) => Enumerable.Range(0, history[bucket][dealt[bucket]][i]).Select(_ => queues[group].Dequeue())).ToList();
                    dealt[bucket]++;
                    lines.Add(MixtureSamples.Text(new StepPlan(lines.Count, cycleOfRun, law.Groups[Members(law, bucket)[0]].Exponent, rows)));
                }
            }
        }

        return lines;
    }

    private static List<int> Members(MixtureLaw law, int bucket)
    {
        return [.. Enumerable.Range(0, law.Groups.Count).Where(i => law.Groups[i].Bucket == bucket)];
    }

    // Pass after pass of the group's rows, each in an order of its own, for as many rows as the run takes.
    private static List<long> QueueOf(MixtureLaw law, MixturePlan plan, RandomKey key, int index)
    {
        var group = law.Groups[index];
        var ofGroup = key.Use("rows").Fold(group.Exponent);
        ofGroup = group.IsWholeBucket ? ofGroup : ofGroup.Use("group").Fold(group.Source).Fold(group.Cluster);
        var perPass = law.RowsPerPass(index);
        var rows = new List<long>();
        for (var pass = 0L; rows.Count < plan.Phases.Sum(phase => phase.RowsByGroup[index]); pass++)
        {
            var order = new RowPermutation(ofGroup.Fold(pass), perPass);
            var selection = new RowPermutation(ofGroup.Fold(-1), group.Rows);
            for (var place = 0L; place < perPass; place++)
            {
                rows.Add(group.RowAt(perPass == group.Rows ? order.At(place) : selection.At(((pass * perPass) + order.At(place)) % group.Rows)));
            }
        }

        return rows;
    }

    // Rows of each group in each step: of the rows that may come, those that are due first.
    private static List<int[]> Deal(long[] totals, long steps)
    {
        var jobs = totals.Index()
            .SelectMany(group => Enumerable.Range(0, (int)group.Item).Select(row => (Group: group.Index, Release: row * (BigInteger)steps / group.Item, Deadline: (((row + 1) * (BigInteger)steps) + group.Item - 1) / group.Item)))
            .OrderBy(job => job.Deadline).ThenBy(job => job.Group)
            .ToList();
        var deal = new List<int[]>();
        for (var step = 0L; step < steps; step++)
        {
            var counts = new int[totals.Length];
            foreach (var job in jobs.Where(job => job.Release <= step).Take((int)(totals.Sum() / steps)).ToList())
            {
                jobs.Remove(job);
                counts[job.Group]++;
            }

            deal.Add(counts);
        }

        return deal;
    }

    private static int Draw(double[] odds, long[] left, double uniform)
    {
        var mark = uniform * odds.Where((_, i) => left[i] > 0).Sum();
        foreach (var (i, value) in odds.Index().Where(entry => left[entry.Index] > 0))
        {
            mark -= value;
            if (mark < 0)
            {
                return i;
            }
        }

        return Array.FindLastIndex(left, count => count > 0);
    }
}
