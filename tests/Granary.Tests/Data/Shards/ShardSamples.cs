using Granary.Core.Randomness;

namespace Granary.Data.Shards.Tests;

/// <summary>Small shards whose content is a function of the row, for the tests of this folder and of batching.</summary>
internal static class ShardSamples
{
    public const string Tokenizer = "1111111111111111111111111111111111111111111111111111111111111111";
    public const string Config = "2222222222222222222222222222222222222222222222222222222222222222";

    public static ShardIdentity Identity(int vocabularySize = 50_000, bool isPacked = false)
    {
        return new ShardIdentity { VocabularySize = vocabularySize, TokenizerSha256 = Tokenizer, ConfigSha256 = Config, IsPacked = isPacked };
    }

    /// <summary>Border bits of a row: the first, and about one in eight of the others.</summary>
    public static byte[] Borders(int exponent, long row)
    {
        var key = RandomKey.FromSeed(10).Fold(exponent).Fold(row);
        var borders = new byte[((1 << exponent) + 7) / 8];
        for (var i = 0; i < 1 << exponent; i++)
        {
            borders[i >> 3] |= (byte)((i == 0 || key.BelowAt(i, 8) == 0 ? 1 : 0) << (i & 7));
        }

        return borders;
    }

    public static int[] Ids(int exponent, long row, int vocabularySize = 50_000)
    {
        var key = RandomKey.FromSeed(9).Fold(exponent).Fold(row);
        return [.. Enumerable.Range(0, 1 << exponent).Select(i => (int)key.BelowAt(i, vocabularySize))];
    }

    public static int Next(int exponent, long row, int vocabularySize = 50_000)
    {
        return row % 3 == 0 ? -1 : (int)RandomKey.FromSeed(9).Fold(exponent).Fold(row).BelowAt(1_000_000_000, vocabularySize);
    }

    public static RowProvenance Provenance(int exponent, long row)
    {
        return new RowProvenance(DocumentHash.Of($"{exponent} {row}"), (int)(row % 2), (int)row * 7, (int)row % 5, (RowFlags)(row % 16));
    }

    public static ShardEntry Write(string folder, int exponent, long firstRow, long rows, int vocabularySize = 50_000, bool isPacked = false)
    {
        Directory.CreateDirectory(folder);
        using var writer = new ShardWriter(folder, exponent, Identity(vocabularySize, isPacked));
        for (var row = firstRow; row < firstRow + rows; row++)
        {
            writer.Append(Ids(exponent, row, vocabularySize), Next(exponent, row, vocabularySize), Provenance(exponent, row), isPacked ? Borders(exponent, row) : []);
        }

        return writer.Complete();
    }

    /// <summary>A set with shards of at most <paramref name="rowsPerShard"/> rows; the manifest's path.</summary>
    public static string WriteSet(string folder, IReadOnlyList<(int Exponent, long Rows)> buckets, long rowsPerShard = 5, int vocabularySize = 50_000, bool isPacked = false)
    {
        var manifest = Manifest(buckets, vocabularySize) with
        {
            Identity = Identity(vocabularySize, isPacked),
            Buckets = [.. buckets.Select(bucket => new ShardBucket
            {
                Exponent = bucket.Exponent,
                Rows = bucket.Rows,
                Shards = [.. WriteBucket(folder, bucket.Exponent, bucket.Rows, rowsPerShard, vocabularySize, isPacked)],
            })],
        };
        var path = Path.Combine(folder, ShardManifest.FileName);
        manifest.Publish(path);
        return path;
    }

    /// <summary>A manifest with buckets but no files, for what needs only the numbers of rows.</summary>
    public static ShardManifest Manifest(IReadOnlyList<(int Exponent, long Rows)> buckets, int vocabularySize = 50_000)
    {
        var tokens = buckets.Sum(bucket => bucket.Rows << bucket.Exponent);
        return new ShardManifest
        {
            Identity = Identity(vocabularySize),
            Sources =
            [
                new ShardSource { Name = "one", Documents = 1, TokensRead = tokens, TokensKept = tokens, TokensDropped = 0 },
                new ShardSource { Name = "other", Documents = 0, TokensRead = 0, TokensKept = 0, TokensDropped = 0 },
            ],
            Ledger = new TokenLedger
            {
                Documents = 1,
                DocumentsWithoutPieces = 0,
                TokensRead = tokens,
                TokensKept = tokens,
                TokensDroppedTooShort = 0,
                TokensDroppedTail = 0,
                TokensOverlapping = 0,
                Targets = tokens,
                EndOfTextKept = 1,
                Buckets = [.. buckets.Select(bucket => new TokenLedgerBucket { Exponent = bucket.Exponent, Pieces = bucket.Rows })],
            },
            Buckets = [.. buckets.Select(bucket => new ShardBucket { Exponent = bucket.Exponent, Rows = bucket.Rows, Shards = [] })],
        }.Seal();
    }

    private static IEnumerable<ShardEntry> WriteBucket(string folder, int exponent, long rows, long rowsPerShard, int vocabularySize, bool isPacked)
    {
        for (var row = 0L; row < rows; row += rowsPerShard)
        {
            var entry = Write(Path.Combine(folder, $"d{exponent:00}"), exponent, row, Math.Min(rowsPerShard, rows - row), vocabularySize, isPacked);
            yield return entry with { File = $"d{exponent:00}/{entry.File}" };
        }
    }
}
