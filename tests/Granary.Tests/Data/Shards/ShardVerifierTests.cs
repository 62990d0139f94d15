using Granary.Core;
using Granary.Core.Progress;
using Granary.Testing;

namespace Granary.Data.Shards.Tests;

public sealed class ShardVerifierTests
{
    [Test]
    public void Whole_set_has_no_faults()
    {
        using var folder = new TempFolder();

        var verification = ShardVerifier.Verify(ShardSamples.WriteSet(folder.Path, [(4, 13), (6, 5)]));

        Assert.Multiple(() =>
        {
            Assert.That(verification.Faults, Is.Empty);
            Assert.That(verification.Rows, Is.EqualTo(18));
            Assert.That(verification.Shards, Is.EqualTo(4));
            Assert.That(verification.Bytes, Is.EqualTo(Directory.GetFiles(folder.Path, "*.shard", SearchOption.AllDirectories).Sum(file => new FileInfo(file).Length)));
        });
    }

    [TestCase(1_499, Description = "a bit here and there")]
    [TestCase(1, Description = "every bit", Category = "Slow")]
    public void Every_flipped_bit_of_a_set_is_found(int step)
    {
        using var folder = new TempFolder();
        var path = ShardSamples.WriteSet(folder.Path, [(4, 3), (6, 2)]);

        foreach (var file in Directory.GetFiles(folder.Path, "*", SearchOption.AllDirectories))
        {
            var bytes = File.ReadAllBytes(file);
            for (var bit = 0; bit < bytes.Length * 8; bit += step)
            {
                Write(file, bit / 8, (byte)(bytes[bit / 8] ^ (1 << (bit % 8))));
                if (IsWhole(path))
                {
                    Assert.Fail($"Bit {bit % 8} of byte {bit / 8} of '{Path.GetFileName(file)}' may flip unseen.");
                }

                Write(file, bit / 8, bytes[bit / 8]);
            }
        }

        Assert.That(IsWhole(path), Is.True);
    }

    [Test]
    public void Whole_set_of_packed_rows_has_no_faults_and_a_row_without_a_first_segment_is_one()
    {
        using var folder = new TempFolder();
        var path = ShardSamples.WriteSet(folder["whole"], [(6, 13)], isPacked: true);
        Directory.CreateDirectory(folder["faulty", "d06"]);
        using var writer = new ShardWriter(folder["faulty", "d06"], 6, ShardSamples.Identity(isPacked: true));
        writer.Append(ShardSamples.Ids(6, 0), -1, new RowProvenance(default, 0, 0, 0, RowFlags.First), new byte[8]);
        var entry = writer.Complete();
        var manifest = ShardSamples.Manifest([(6, 1)]) with { Identity = ShardSamples.Identity(isPacked: true) };
        (manifest with { Buckets = [manifest.Buckets[0] with { Shards = [entry with { File = $"d06/{entry.File}" }] }] }).Publish(folder["faulty", ShardManifest.FileName]);

        Assert.That(ShardVerifier.Verify(path).Faults, Is.Empty);
        Assert.That(ShardVerifier.Verify(folder["faulty", ShardManifest.FileName]).Faults, Has.One.Contains("row 0 begins no segment"));
    }

    [Test]
    public void Packed_shard_does_not_stand_in_for_one_of_pieces()
    {
        using var folder = new TempFolder();
        var path = ShardSamples.WriteSet(folder.Path, [(6, 3)], isPacked: true);
        var manifest = ShardManifest.Load(path);
        (manifest with { Identity = manifest.Identity with { IsPacked = false } }).Publish(path);

        Assert.That(ShardVerifier.Verify(path).Faults, Has.One.Contains("the shard's packing is 'True'"));
    }

    [Test]
    public void Report_does_not_depend_on_the_number_of_workers()
    {
        using var folder = new TempFolder();
        var path = ShardSamples.WriteSet(folder.Path, [(4, 13), (6, 9)], rowsPerShard: 2);
        var random = new Random(1);
        foreach (var file in Directory.GetFiles(folder.Path, "*.shard", SearchOption.AllDirectories).Order(StringComparer.Ordinal).Where((_, i) => i % 2 == 0))
        {
            var at = random.Next((int)new FileInfo(file).Length);
            Write(file, at, (byte)(File.ReadAllBytes(file)[at] ^ 0x10));
        }

        var reports = new[] { 1, 2, 4, 8 }.Select(workers => ShardVerifier.Verify(path, workers)).ToArray();

        Assert.That(reports[0].Faults, Has.Count.EqualTo(6));
        Assert.That(reports.Select(report => report.Faults), Has.All.EqualTo(reports[0].Faults));
        Assert.That(reports.Select(report => report with { Faults = [] }), Has.All.EqualTo(reports[0] with { Faults = [] }));
    }

    [Test]
    public void Progress_grows_to_all_bytes_of_the_set()
    {
        using var folder = new TempFolder();
        var path = ShardSamples.WriteSet(folder.Path, [(4, 13), (6, 9)], rowsPerShard: 2);
        var progress = new RecordedProgress();

        var verification = ShardVerifier.Verify(path, workers: 4, progress);

        Assert.That(progress.Done, Is.Ordered.Ascending);
        Assert.That(progress.Done, Has.Count.EqualTo(verification.Shards));
        Assert.That(progress.Done[^1], Is.EqualTo(verification.Bytes));
    }

    [Test]
    public void Each_damaged_shard_is_a_fault_of_its_own()
    {
        using var folder = new TempFolder();
        var path = ShardSamples.WriteSet(folder.Path, [(4, 13)], rowsPerShard: 5);
        foreach (var shard in Directory.GetFiles(folder["d04"]).Take(2))
        {
            var bytes = File.ReadAllBytes(shard);
            bytes[5_000] ^= 1;
            File.WriteAllBytes(shard, bytes);
        }

        Assert.That(ShardVerifier.Verify(path).Faults, Has.Count.EqualTo(2));
    }

    [Test]
    public void Sources_that_disagree_with_the_ledger_are_a_fault()
    {
        using var folder = new TempFolder();
        var path = ShardSamples.WriteSet(folder.Path, [(4, 13)]);
        var manifest = ShardManifest.Load(path);
        (manifest with { Sources = [.. manifest.Sources.Skip(1), manifest.Sources[0] with { TokensDropped = 1 }] }).Publish(path);

        Assert.That(ShardVerifier.Verify(path).Faults, Has.One.Contains("sources"));
    }

    [Test]
    public void Ledger_that_disagrees_with_the_shards_is_a_fault()
    {
        using var folder = new TempFolder();
        var path = ShardSamples.WriteSet(folder.Path, [(4, 13)]);
        var manifest = ShardManifest.Load(path);
        (manifest with { Ledger = manifest.Ledger with { TokensKept = 1 } }).Publish(path);

        Assert.That(ShardVerifier.Verify(path).Faults, Has.One.StartsWith("The ledger has"));
    }

    [TestCase(12, 0, Description = "a row too few")]
    [TestCase(13, 2, Description = "of a source that is not there")]
    public void Groups_that_disagree_with_their_bucket_are_a_fault(long rows, int source)
    {
        using var folder = new TempFolder();
        var path = ShardSamples.WriteSet(folder.Path, [(4, 13)]);
        var manifest = ShardManifest.Load(path);
        var group = new ShardGroup { Source = source, Cluster = ShardGroup.NoCluster, Rows = rows };
        (manifest with { Buckets = [manifest.Buckets[0] with { Groups = [group] }] }).Publish(path);

        Assert.That(ShardVerifier.Verify(path).Faults, Has.One.Contains("groups"));
    }

    // In place: writing a file anew waits for the device.
    private static void Write(string path, int offset, byte value)
    {
        using var file = File.OpenHandle(path, FileMode.Open, FileAccess.Write);
        RandomAccess.Write(file, [value], offset);
    }

    private static bool IsWhole(string path)
    {
        try
        {
            return ShardVerifier.Verify(path, workers: 1).Faults.Count == 0;
        }
        catch (CorpusException)
        {
            return false;
        }
    }

    private sealed class RecordedProgress : IProgress<ProgressUpdate>
    {
        public List<double> Done { get; } = [];

        public void Report(ProgressUpdate value)
        {
            Done.Add(value.Done);
        }
    }
}
