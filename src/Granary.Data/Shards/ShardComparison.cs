using System.Globalization;

namespace Granary.Data.Shards;

/// <summary>Says in what two shard sets differ: identity, sources, ledger, and of each bucket the first differing row.</summary>
public static class ShardComparison
{
    private const string None = "none";

    /// <summary>The differences; none when both hold the same rows in the same order and shards.</summary>
    public static IEnumerable<ShardDifference> Compare(ShardSet left, ShardSet right)
    {
        // The hash covers every shard's SHA-256, so equal ones need no look at the rows.
        return left.Manifest.ManifestHash == right.Manifest.ManifestHash
            ? []
            : [.. Manifests(left.Manifest, right.Manifest), .. Exponents(left, right).SelectMany(exponent => Bucket(left, right, exponent))];
    }

    private static IEnumerable<ShardDifference> Manifests(ShardManifest left, ShardManifest right)
    {
        (string What, object Left, object Right)[] values =
        [
            ("vocabulary size", left.Identity.VocabularySize, right.Identity.VocabularySize),
            ("tokenizer", left.Identity.TokenizerSha256, right.Identity.TokenizerSha256),
            ("settings", left.Identity.ConfigSha256, right.Identity.ConfigSha256),
            ("sources", Names(left), Names(right)),
            ("documents", left.Ledger.Documents, right.Ledger.Documents),
            ("tokens read", left.Ledger.TokensRead, right.Ledger.TokensRead),
            ("tokens kept", left.Ledger.TokensKept, right.Ledger.TokensKept),
        ];
        var own = values.Where(value => !value.Left.Equals(value.Right)).Select(value => new ShardDifference(value.What, Text(value.Left), Text(value.Right)));
        var sources = left.Sources.Join(right.Sources, source => source.Name, source => source.Name, (mine, other) => (Mine: mine, Other: other))
            .Where(pair => pair.Mine != pair.Other)
            .Select(pair => new ShardDifference($"source '{pair.Mine.Name}'", Text(pair.Mine), Text(pair.Other)));
        return own.Concat(sources);
    }

    private static IEnumerable<int> Exponents(ShardSet left, ShardSet right)
    {
        return left.Manifest.Buckets.Concat(right.Manifest.Buckets).Select(bucket => bucket.Exponent).Distinct().Order();
    }

    private static IEnumerable<ShardDifference> Bucket(ShardSet left, ShardSet right, int exponent)
    {
        var (mine, other) = (Shards(left, exponent), Shards(right, exponent));
        if (mine.SequenceEqual(other))
        {
            yield break;
        }

        var (rows, otherRows) = (left.CountRows(exponent), right.CountRows(exponent));
        if (rows != otherRows)
        {
            yield return new ShardDifference($"bucket {exponent}, rows", Text(rows), Text(otherRows));
        }

        var first = FirstDifference(left, right, exponent, Math.Min(rows, otherRows));
        if (first < Math.Max(rows, otherRows))
        {
            yield return new ShardDifference($"bucket {exponent}, first differing row {first}", Describe(left, exponent, first), Describe(right, exponent, first));
        }
        else
        {
            yield return new ShardDifference($"bucket {exponent}, the same rows in other shards", $"{mine.Count} shards", $"{other.Count} shards");
        }
    }

    // The number of the first row that is not the same in both, or the number of rows compared.
    private static long FirstDifference(ShardSet left, ShardSet right, int exponent, long rows)
    {
        var (ids, otherIds) = (new int[1 << exponent], new int[1 << exponent]);
        for (var row = 0L; row < rows; row++)
        {
            left.CopyRow(exponent, row, ids);
            right.CopyRow(exponent, row, otherIds);
            if (!ids.AsSpan().SequenceEqual(otherIds)
                || left.NextToken(exponent, row) != right.NextToken(exponent, row)
                || left.Provenance(exponent, row) != right.Provenance(exponent, row))
            {
                return row;
            }
        }

        return rows;
    }

    private static string Describe(ShardSet set, int exponent, long row)
    {
        if (row >= set.CountRows(exponent))
        {
            return None;
        }

        var provenance = set.Provenance(exponent, row);
        var ids = new int[1 << exponent];
        set.CopyRow(exponent, row, ids);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"document {provenance.Document} of source {provenance.SourceIndex}, ids from {provenance.TokenStart}, piece {provenance.PieceOrdinal} ({provenance.Flags}), next {set.NextToken(exponent, row)}, begins {string.Join(' ', ids.Take(8))}");
    }

    private static List<(long Rows, string Sha256)> Shards(ShardSet set, int exponent)
    {
        return [.. set.Manifest.Buckets.Where(bucket => bucket.Exponent == exponent).SelectMany(bucket => bucket.Shards).Select(shard => (shard.Rows, shard.Sha256))];
    }

    private static string Names(ShardManifest manifest)
    {
        return string.Join(", ", manifest.Sources.Select(source => source.Name));
    }

    private static string Text(ShardSource source)
    {
        return string.Create(CultureInfo.InvariantCulture, $"{source.Documents} documents, {source.TokensRead} tokens read, {source.TokensKept} kept");
    }

    private static string Text(object value)
    {
        return Convert.ToString(value, CultureInfo.InvariantCulture)!;
    }
}
