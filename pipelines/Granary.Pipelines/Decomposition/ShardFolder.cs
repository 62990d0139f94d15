using Granary.Core;
using Granary.Core.Files;
using Granary.Data.Shards;

namespace Granary.Pipelines.Decomposition;

/// <summary>What every builder of shards holds to in the folder it writes to.</summary>
internal static class ShardFolder
{
    /// <summary>Rows in a shard at most: bounds a writer's side vectors to 4.5 MiB.</summary>
    public const int MostRowsPerShard = 1 << 17;

    /// <summary>Bytes of ids in a shard at most: a size that copies well.</summary>
    public const long MostBytesPerShard = 256L << 20;

    /// <summary>Shards that a builder writes to at a time: with fewer than there are lengths and clusters, shards would have few rows.</summary>
    public const int MostOpenShards = 768; // of the 1,024 files that a process may have where nobody raised that

    /// <summary>Documents between two looks at whether to stop and what to report.</summary>
    public const int DocumentsPerReport = 1024;

    /// <summary>The finished set of a manifest; null where there is none that anybody could use.</summary>
    public static ShardManifest? FindFinished(string manifestPath)
    {
        try
        {
            return File.Exists(manifestPath) ? ShardManifest.Load(manifestPath) : null;
        }
        catch (CorpusException)
        {
            // Nobody can use the set it lists, so nothing of it needs to be kept.
            return null;
        }
    }

    /// <summary>Removes shards that no manifest given lists, and what a killed build was writing.</summary>
    public static void RemoveAllBut(string folder, params IEnumerable<ShardManifest> manifests)
    {
        var listed = manifests
            .SelectMany(manifest => manifest.Buckets)
            .SelectMany(bucket => bucket.Shards)
            .Select(shard => Path.GetFullPath(Path.Combine(folder, shard.File)))
            .ToHashSet();
        foreach (var file in BucketFiles(folder))
        {
            var isUnlisted = file.EndsWith(ShardWriter.Extension, StringComparison.Ordinal) && !listed.Contains(Path.GetFullPath(file));
            if (isUnlisted || Path.GetFileName(file).Contains(AtomicFile.TemporaryMark, StringComparison.Ordinal))
            {
                File.Delete(file);
            }
        }
    }

    /// <summary>
    /// Makes the set of all parts exist: the manifest first; only then may the journal go, and files of an older build.
    /// </summary>
    /// <param name="folder">The set's folder.</param>
    /// <param name="journal">The parts finished before.</param>
    /// <param name="last">The last part.</param>
    /// <param name="reached">Hears of each step that a killed build may have come to.</param>
    public static ShardManifest Publish(string folder, ShardJournal journal, ShardManifest last, Action<string> reached)
    {
        var manifest = ShardManifest.Join([.. journal.Parts.Append(last).Select(part => (string.Empty, part))]);
        reached("shards published");
        Directory.CreateDirectory(folder);
        manifest.Publish(Path.Combine(folder, ShardManifest.FileName));
        reached("manifest published");
        journal.Delete();
        RemoveAllBut(folder, manifest);
        return manifest;
    }

    private static IReadOnlyList<string> BucketFiles(string folder)
    {
        return Directory.Exists(folder)
            ? [.. Directory.EnumerateDirectories(folder, "d??").SelectMany(bucket => Directory.EnumerateFiles(bucket))]
            : [];
    }
}
