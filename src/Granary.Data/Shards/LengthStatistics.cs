namespace Granary.Data.Shards;

/// <summary>Averages over pieces, as the paper defines them (appendix F).</summary>
public static class LengthStatistics
{
    /// <summary>Tokens per piece on average; 0 without pieces.</summary>
    public static double AverageSequenceLength(IReadOnlyList<TokenLedgerBucket> buckets)
    {
        var pieces = buckets.Sum(bucket => bucket.Pieces);
        return pieces == 0 ? 0 : buckets.Sum(bucket => (double)bucket.CountTokens()) / pieces;
    }

    /// <summary>Tokens in front of a token within its piece, on average over tokens; 0 without pieces.</summary>
    public static double AverageContextLength(IReadOnlyList<TokenLedgerBucket> buckets)
    {
        var tokens = buckets.Sum(bucket => (double)bucket.CountTokens());
        return tokens == 0 ? 0 : buckets.Sum(bucket => bucket.CountTokens() * (((1L << bucket.Exponent) - 1) / 2.0)) / tokens;
    }
}
