using Granary.Data.Shards;
using Granary.Data.Shards.Tests;

namespace Granary.Data.Batching.Tests;

/// <summary>Manifests whose rows have sources and clusters, and what tests read from a sampler.</summary>
internal static class MixtureSamples
{
    /// <summary>A set of the named sources with, for each exponent, runs of (source, cluster, rows).</summary>
    public static ShardManifest Manifest(string[] sources, params (int Exponent, (int Source, int Cluster, long Rows)[] Runs)[] buckets)
    {
        var plain = ShardSamples.Manifest([.. buckets.Select(bucket => (bucket.Exponent, bucket.Runs.Sum(run => run.Rows)))]);
        return (plain with
        {
            Sources = [.. sources.Select(name => plain.Sources[1] with { Name = name })],
            Buckets = [.. plain.Buckets.Select((bucket, i) => bucket with
            {
                Groups = [.. buckets[i].Runs.Select(run => new ShardGroup { Source = run.Source, Cluster = run.Cluster, Rows = run.Rows })],
            })],
        }).Seal();
    }

    /// <summary>The same without clusters: for each exponent the rows of each source.</summary>
    public static ShardManifest OfSources(string[] sources, params (int Exponent, long[] Rows)[] buckets)
    {
        return Manifest(sources, [.. buckets.Select(bucket => (bucket.Exponent, bucket.Rows.Select((rows, source) => (source, ShardGroup.NoCluster, rows)).Where(run => run.rows > 0).ToArray()))]);
    }

    public static Dictionary<string, double> Weights(params (string Name, double Weight)[] weights)
    {
        return weights.ToDictionary(weight => weight.Name, weight => weight.Weight);
    }

    public static IEnumerable<StepPlan> Plans(BucketSampler sampler)
    {
        for (var step = 0L; step < sampler.TotalSteps; step++)
        {
            yield return sampler.PlanAt(step);
        }
    }

    public static string Text(StepPlan plan)
    {
        return $"{plan.Step} {plan.Cycle} {plan.Exponent}: {string.Join(' ', plan.Rows)}";
    }

    /// <summary>The source and cluster of a row, read from the manifest's runs.</summary>
    public static (int Source, int Cluster) GroupOf(ShardManifest manifest, int exponent, long row)
    {
        foreach (var group in manifest.Buckets.Single(bucket => bucket.Exponent == exponent).Groups!)
        {
            if (row < group.Rows)
            {
                return (group.Source, group.Cluster);
            }

            row -= group.Rows;
        }

        throw new ArgumentOutOfRangeException(nameof(row));
    }

    /// <summary>Tokens of each source in some steps.</summary>
    public static Dictionary<int, long> TokensBySource(ShardManifest manifest, IEnumerable<StepPlan> plans)
    {
        var tokens = new Dictionary<int, long>();
        foreach (var plan in plans)
        {
            foreach (var row in plan.Rows)
            {
                var source = GroupOf(manifest, plan.Exponent, row).Source;
                tokens[source] = tokens.GetValueOrDefault(source) + (1L << plan.Exponent);
            }
        }

        return tokens;
    }
}
