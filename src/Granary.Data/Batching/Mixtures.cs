using Granary.Core.Configuration;
using Granary.Data.Shards;

namespace Granary.Data.Batching;

/// <summary>How much of each bucket a mixture takes: the paper's (table 1) by name, or any by list.</summary>
internal static class Mixtures
{
    // Of the buckets from the first exponent to the last, the same number of tokens each.
    private static readonly OrderedDictionary<string, (int First, int Last)> Equal = new()
    {
        ["equal"] = (0, int.MaxValue),
        ["only-1k"] = (10, 10),
        ["up-to-2k"] = (0, 11),
        ["mid"] = (8, 11),
        ["from-1k"] = (10, int.MaxValue),
        ["from-256"] = (8, int.MaxValue),
    };

    /// <summary>Each bucket's share of the tokens, in any unit; null where the mixture takes all there is.</summary>
    public static IReadOnlyList<double>? SharesOf(DatasetDecompositionConfig config, IReadOnlyList<ShardBucket> buckets)
    {
        return config.Mixture switch
        {
            "natural" => null,
            "list" => config.MixtureFractions,
            var name => [.. buckets.Select(bucket => bucket.Exponent >= Equal[name].First && bucket.Exponent <= Equal[name].Last ? 1.0 : 0.0)],
        };
    }

    /// <summary>Rows of each bucket that a pass takes, of <paramref name="rows"/> there are.</summary>
    public static long[] RowsPerPass(DatasetDecompositionConfig config, IReadOnlyList<ShardBucket> buckets, IReadOnlyList<long> rows)
    {
        var taken = SharesOf(config, buckets) is { } shares ? InProportion(shares, buckets, rows) : [.. rows];
        var total = (Int128)0;
        for (var i = 0; i < taken.Length; i++)
        {
            total += (Int128)taken[i] << buckets[i].Exponent;
        }

        return config.MaxTokensPerPass == 0 || total <= config.MaxTokensPerPass
            ? taken
            : Array.ConvertAll(taken, count => (long)(count * (Int128)config.MaxTokensPerPass / total));
    }

    /// <summary>Checks what a file says.</summary>
    public static void Validate(string mixture, IReadOnlyList<double> fractions, string path, ConfigurationErrors errors)
    {
        var listed = string.Join(", ", fractions);
        errors.Require(mixture is "natural" or "list" || Equal.ContainsKey(mixture), $"{path}.mixture", mixture, $"'natural', 'list' or one of {string.Join(", ", Equal.Keys.Select(name => $"'{name}'"))}");
        errors.Require(mixture == "list" == fractions.Count > 0, $"{path}.mixture_fractions", listed, "given with mixture 'list', and only then");
        errors.Require(fractions.All(share => double.IsFinite(share) && share >= 0), $"{path}.mixture_fractions", listed, "numbers of 0 or more");
        errors.Require(fractions.Count == 0 || fractions.Any(share => share > 0), $"{path}.mixture_fractions", listed, "above 0 for at least one bucket");
    }

    /// <summary>Checks a law of lengths against the buckets of a set.</summary>
    public static void Fit(DatasetDecompositionConfig config, IReadOnlyList<ShardBucket> buckets, string path, ConfigurationErrors errors)
    {
        var lengths = string.Join(", ", buckets.Select(bucket => $"2^{bucket.Exponent}"));
        var isListFit = config.Mixture != "list" || config.MixtureFractions.Count == buckets.Count;
        errors.Require(isListFit, $"{path}.mixture_fractions", string.Join(", ", config.MixtureFractions), $"a list of {buckets.Count}, one for each of the set's buckets ({lengths})");
        errors.Require(config.Curriculum != "list" || config.Odds.Count == buckets.Count, $"{path}.odds", string.Join(", ", config.Odds), $"a list of {buckets.Count}, one for each of the set's buckets ({lengths})");
        if (isListFit && buckets.Count > 0)
        {
            errors.Require(SharesOf(config, buckets)?.Any(share => share > 0) ?? true, $"{path}.mixture", config.Mixture, $"a mixture that takes one of the set's buckets at least ({lengths})");
        }
    }

    private static long[] InProportion(IReadOnlyList<double> shares, IReadOnlyList<ShardBucket> buckets, IReadOnlyList<long> rows)
    {
        var scale = double.PositiveInfinity;
        for (var i = 0; i < buckets.Count; i++)
        {
            if (shares[i] > 0 && rows[i] > 0)
            {
                scale = Math.Min(scale, (rows[i] << buckets[i].Exponent) / shares[i]);
            }
        }

        // The scarcest bucket's product may round above what it has, so no bucket gives more than its rows.
        return [.. buckets.Select((bucket, i) => Math.Min(rows[i], (long)(scale * shares[i]) >> bucket.Exponent))];
    }
}
