using System.Globalization;
using Granary.Core.Configuration;
using Granary.Data.Shards;

namespace Granary.Data.Batching;

/// <summary>Weights by name, as configurations give them, and what they mean for the groups of a set.</summary>
internal static class MixtureWeights
{
    /// <summary>The name of rows without a cluster.</summary>
    public const string NoCluster = "none";

    public static void Validate(IReadOnlyDictionary<string, double> weights, string path, ConfigurationErrors errors)
    {
        foreach (var (name, weight) in weights)
        {
            errors.Require(double.IsFinite(weight) && weight >= 0, $"{path}.{name}", weight, "a number of 0 or more");
        }

        errors.Require(weights.Count == 0 || weights.Values.Any(weight => weight > 0), path, "0 for all", "above 0 for at least one");
    }

    /// <summary>The weight of each name, in the order of the names; those that have rows must be given one.</summary>
    public static double[] Resolve(IReadOnlyDictionary<string, double> weights, IReadOnlyList<string> names, IReadOnlyList<string> namesWithRows, string path, ConfigurationErrors errors)
    {
        foreach (var (name, weight) in weights)
        {
            errors.Require(names.Contains(name), $"{path}.{name}", weight, $"for one of {Join(names)}, which is what the set has");
        }

        var missing = namesWithRows.Where(name => !weights.ContainsKey(name)).ToList();
        errors.Require(missing.Count == 0, path, $"for {Join([.. weights.Keys])}", $"for all of the set: {Join(missing)} has no weight; 0 leaves it out");
        return [.. names.Select(name => weights.GetValueOrDefault(name))];
    }

    /// <summary>A cluster's name in a configuration.</summary>
    public static string ClusterName(int cluster)
    {
        return cluster == ShardGroup.NoCluster ? NoCluster : cluster.ToString(CultureInfo.InvariantCulture);
    }

    private static string Join(IReadOnlyList<string> names)
    {
        const int Shown = 8;
        return string.Join(", ", names.Take(Shown).Select(name => $"'{name}'")) + (names.Count > Shown ? $" and {names.Count - Shown} more" : string.Empty);
    }
}
