using Granary.Data.Shards;

namespace Granary.Data.Batching;

/// <summary>How many rows of each bucket a pass takes.</summary>
internal static class Mixtures
{
    public static long[] RowsPerPass(DatasetDecompositionConfig config, IReadOnlyList<ShardBucket> buckets)
    {
        var rows = config.Mixture switch
        {
            "natural" => [.. buckets.Select(bucket => bucket.Rows)],
            "equal" => InProportion([.. buckets.Select(_ => 1.0)], buckets),
            _ => InProportion(config.MixtureFractions, buckets),
        };

        var total = (Int128)0;
        for (var i = 0; i < rows.Length; i++)
        {
            total += (Int128)rows[i] << buckets[i].Exponent;
        }

        return config.MaxTokensPerPass == 0 || total <= config.MaxTokensPerPass
            ? rows
            : Array.ConvertAll(rows, count => (long)(count * (Int128)config.MaxTokensPerPass / total));
    }

    private static long[] InProportion(IReadOnlyList<double> shares, IReadOnlyList<ShardBucket> buckets)
    {
        var scale = double.PositiveInfinity;
        for (var i = 0; i < buckets.Count; i++)
        {
            if (shares[i] > 0)
            {
                scale = Math.Min(scale, TokensIn(buckets[i]) / shares[i]);
            }
        }

        // The scarcest bucket's product may round above what it has, so no bucket gives more than its rows.
        return [.. buckets.Select((bucket, i) => Math.Min(bucket.Rows, (long)(scale * shares[i]) >> bucket.Exponent))];
    }

    private static double TokensIn(ShardBucket bucket)
    {
        return bucket.Rows << bucket.Exponent;
    }
}
