using Granary.Core;
using Granary.Core.Progress;

namespace Granary.Data.Shards;

/// <summary>Checks every byte of a shard set and every number of its manifest, on all cores.</summary>
/// <remarks>
/// A shard is checked in three ways that need not wait for one another; of those that find a fault the first one in this
/// order is heard, so the report does not depend on the number of workers: (1) checksums of blocks and sections, (2) the
/// SHA-256 of the file, which takes longest, (3) the meaning of rows.
/// </remarks>
public static class ShardVerifier
{
    private static readonly Action<ShardReader, ShardManifest>[] Checks = [(reader, _) => CheckChecksums(reader), (reader, _) => CheckDigest(reader), CheckRows];

    /// <summary>Checks a whole set; the faults found, one sentence each, none when the set is whole.</summary>
    /// <exception cref="CorpusException">The manifest itself cannot be used.</exception>
    public static ShardVerification Verify(string manifestPath, IProgress<ProgressUpdate>? progress = null, CancellationToken cancellationToken = default)
    {
        return Verify(manifestPath, Environment.ProcessorCount, progress, cancellationToken);
    }

    /// <summary>The same with a number of workers.</summary>
    internal static ShardVerification Verify(string manifestPath, int workers, IProgress<ProgressUpdate>? progress = null, CancellationToken cancellationToken = default)
    {
        using var set = ShardSet.Open(manifestPath);
        var faults = new List<string>();
        CheckManifest(set.Manifest, faults);

        var shards = set.Manifest.Buckets.SelectMany(bucket => bucket.Shards.Select(shard => (Bucket: bucket, Shard: shard))).ToArray();
        var checks = shards.SelectMany(place => Checks.Select(check => (place.Bucket, place.Shard, Check: check)));
        var options = new OrderedParallelOptions { Workers = workers, Ahead = Checks.Length * workers };
        var found = workers == 1
            ? checks.Select(unit => FaultOf(set, unit.Bucket, unit.Shard, unit.Check)) // without the price of a thread
            : OrderedParallel.Map(checks, unit => FaultOf(set, unit.Bucket, unit.Shard, unit.Check), options, unit => unit.Shard.File, cancellationToken: cancellationToken);
        var (bytes, total) = (0L, shards.Sum(place => place.Shard.Bytes));
        foreach (var (place, ofShard) in shards.Zip(found.Chunk(Checks.Length)))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (ofShard.FirstOrDefault(fault => fault is not null) is { } first)
            {
                faults.Add(first);
            }

            bytes += place.Shard.Bytes;
            progress?.Report(new ProgressUpdate("verifying shards", bytes, total, "bytes"));
        }

        return new ShardVerification(shards.Length, shards.Sum(place => place.Shard.Rows), bytes, faults);
    }

    private static void CheckManifest(ShardManifest manifest, List<string> faults)
    {
        if (!manifest.Ledger.Closes())
        {
            faults.Add($"The ledger has '{manifest.Ledger.TokensRead}' tokens read, but kept and dropped do not add up to it.");
        }

        if (!ShardSource.AddUp(manifest.Sources, manifest.Ledger))
        {
            faults.Add($"The tokens of the '{manifest.Sources.Count}' sources do not add up to the ledger's.");
        }

        foreach (var bucket in manifest.Buckets)
        {
            var pieces = manifest.Ledger.Buckets.FirstOrDefault(entry => entry.Exponent == bucket.Exponent)?.Pieces ?? 0;
            if (bucket.Rows != pieces || bucket.Rows != bucket.Shards.Sum(shard => shard.Rows))
            {
                faults.Add($"Bucket 2^{bucket.Exponent} has '{bucket.Rows}' rows but its ledger has {pieces} pieces and its shards {bucket.Shards.Sum(shard => shard.Rows)} rows.");
            }

            if (bucket.Groups is { } groups && (groups.Sum(group => group.Rows) != bucket.Rows || groups.Any(group => (uint)group.Source >= (uint)manifest.Sources.Count)))
            {
                faults.Add($"Bucket 2^{bucket.Exponent} has '{bucket.Rows}' rows but its groups {groups.Sum(group => group.Rows)}, or one of them is of a source outside the manifest's {manifest.Sources.Count}.");
            }
        }
    }

    private static string? FaultOf(ShardSet set, ShardBucket bucket, ShardEntry shard, Action<ShardReader, ShardManifest> check)
    {
        try
        {
            using var reader = set.OpenShard(bucket, shard);
            check(reader, set.Manifest);
            return null;
        }
        catch (CorpusException exception)
        {
            return exception.Message;
        }
    }

    private static void CheckChecksums(ShardReader reader)
    {
        var (layout, trailer) = (reader.Layout, reader.Trailer);
        for (var block = 0; block < layout.Blocks; block++)
        {
            reader.VerifyBlock(block);
        }

        CheckSection(reader, "rows", layout.DataOffset, layout.DataBytes, trailer.Data);
        CheckSection(reader, "next tokens", layout.NextOffset, layout.NextBytes, trailer.Next);
        CheckSection(reader, "provenance", layout.ProvenanceOffset, layout.ProvenanceBytes, trailer.Provenance);
        CheckSection(reader, "borders", layout.BordersOffset, layout.BordersBytes, trailer.Borders);
    }

    private static void CheckDigest(ShardReader reader)
    {
        using var file = File.OpenHandle(reader.Path);
        if (!ShardWriter.DigestOf(file, reader.Layout.TrailerOffset).AsSpan().SequenceEqual(reader.Trailer.Digest))
        {
            throw new CorpusException(reader.Path, $"the SHA-256 is not '{reader.Sha256}' as the trailer says. Restore the file or build the shards again.", offset: 0);
        }
    }

    private static void CheckSection(ShardReader reader, string name, long offset, long length, uint expected)
    {
        var checksum = 0u;
        for (var done = 0L; done < length; done += ShardLayout.BlockBytes)
        {
            checksum = Crc32C.Append(checksum, reader.Bytes(offset + done, Math.Min(ShardLayout.BlockBytes, length - done)));
        }

        if (checksum != expected)
        {
            throw new CorpusException(reader.Path, $"the checksum of the {name} is '{checksum:x8}' but must be '{expected:x8}'. Restore the file or build the shards again.", offset: offset);
        }
    }

    // Checksums prove that bytes are those written; this proves that what was written makes sense.
    private static void CheckRows(ShardReader reader, ShardManifest manifest)
    {
        var ids = new int[1 << reader.Exponent];
        for (var row = 0L; row < reader.Rows; row++)
        {
            reader.CopyRow(row, ids);
            var next = reader.NextToken(row);
            var provenance = reader.Provenance(row);
            if (ids.AsSpan().ContainsAnyExceptInRange(0, manifest.Identity.VocabularySize - 1)
                || next < -1 || next >= manifest.Identity.VocabularySize
                || (uint)provenance.SourceIndex >= (uint)manifest.Sources.Count)
            {
                throw new CorpusException(reader.Path, $"row {row} has an id outside the vocabulary or a source outside the manifest's {manifest.Sources.Count}. Build the shards again.", offset: reader.Layout.DataOffset + (row * reader.Layout.RowBytes));
            }

            if (reader.Layout.IsPacked && (reader.Borders(row)[0] & 1) == 0)
            {
                throw new CorpusException(reader.Path, $"row {row} begins no segment at its first token. Build the shards again.", offset: reader.Layout.BordersOffset + (row * reader.Layout.BorderRowBytes));
            }
        }
    }
}
