using Granary.Core.Randomness;
using Granary.Data.Batching;
using Granary.Data.Shards;
using Granary.Pipelines.Decomposition.Packing;
using Granary.Testing;

namespace Granary.Pipelines.Decomposition.Tests;

/// <summary>Shards of documents that have clusters and come in the corpus' order, as they always do.</summary>
public sealed class ClusteredShardsTests
{
    private const int Vocabulary = 5_000;
    private static readonly string Tokenizer = new('a', 64);
    private static readonly string[] Sources = ["one", "other"];
    private static readonly DecompositionConfig Config = new() { MinExponent = 2, MaxExponent = 4, TokensPerPart = 1_000 };

    [Test]
    public void Rows_lie_cluster_by_cluster_and_source_by_source_whatever_the_documents_order()
    {
        using var folder = new TempFolder();
        var documents = Documents(300, clusters: 7).ToList();

        var manifest = Pieces().Build(folder.Path, documents);

        using var set = ShardSet.Open(folder[ShardManifest.FileName]);
        var clusters = documents.ToDictionary(document => document.Hash, document => document.Cluster);
        foreach (var bucket in manifest.Buckets)
        {
            var rows = Enumerable.Range(0, (int)bucket.Rows).Select(row => set.Provenance(bucket.Exponent, row)).Select(provenance => (clusters[provenance.Document], provenance.SourceIndex)).ToList();
            Assert.Multiple(() =>
            {
                Assert.That(rows, Is.Ordered);
                Assert.That(bucket.Groups!.SelectMany(group => Enumerable.Repeat((group.Cluster, group.Source), (int)group.Rows)), Is.EqualTo(rows));
                Assert.That(bucket.Groups, Has.Count.EqualTo(14), "a run for each cluster of each source, however many parts there are");
            });
        }

        Assert.That(ShardVerifier.Verify(folder[ShardManifest.FileName]).Faults, Is.Empty);
    }

    [Test]
    public void Every_row_of_the_set_without_clusters_is_there_once()
    {
        using var folder = new TempFolder();
        var documents = Documents(60, clusters: 5).ToList();

        Pieces(openShards: 4).Build(folder["clustered"], documents);
        Pieces().Build(folder["plain"], documents.Select(document => document with { Cluster = ShardGroup.NoCluster }));

        Assert.That(Rows(folder["clustered"]), Is.EquivalentTo(Rows(folder["plain"])));
    }

    [Test]
    public void Each_of_hundreds_of_clusters_has_one_shard_of_each_length_a_part()
    {
        using var folder = new TempFolder();
        var builder = new ShardBuilder(Config with { TokensPerPart = 1_000_000 }, seed: 0, Tokenizer, Vocabulary, Sources);

        var manifest = builder.Build(folder.Path, Documents(1_000, clusters: 100).ToList());

        Assert.That(manifest.Buckets.Sum(bucket => bucket.Shards.Count), Is.GreaterThan(256));
        foreach (var bucket in manifest.Buckets)
        {
            Assert.That(bucket.Shards, Has.Count.EqualTo(bucket.Groups!.Select(group => group.Cluster).Distinct().Count()));
        }
    }

    [Test]
    public void Documents_that_are_left_out_are_counted_and_the_ledger_closes([Values] bool isPacked)
    {
        using var folder = new TempFolder();
        var documents = Documents(400, clusters: 3).Select((document, i) => i % 4 == 0 ? document with { Cluster = ShardGroup.Pruned } : document).ToList();
        var pruned = documents.Where(document => document.Cluster == ShardGroup.Pruned).ToList();

        var manifest = isPacked ? Rows(new ConcatAndChunkConfig { RowLength = 16, TokensPerStep = 256 }).Build(folder.Path, documents) : Pieces().Build(folder.Path, documents);

        using var set = ShardSet.Open(folder[ShardManifest.FileName]);
        var present = manifest.Buckets.SelectMany(bucket => Enumerable.Range(0, (int)bucket.Rows).Select(row => set.Provenance(bucket.Exponent, row).Document)).ToHashSet();
        Assert.Multiple(() =>
        {
            Assert.That(manifest.Ledger.DocumentsPruned, Is.EqualTo(pruned.Count));
            Assert.That(manifest.Ledger.TokensDroppedPruned, Is.EqualTo(pruned.Sum(document => document.Ids.Length)));
            Assert.That(manifest.Ledger.TokensRead, Is.EqualTo(documents.Sum(document => document.Ids.Length)));
            Assert.That(manifest.Ledger.Closes(), Is.True);
            Assert.That(present.Overlaps(pruned.Select(document => document.Hash)), Is.False);
            Assert.That(ShardVerifier.Verify(folder[ShardManifest.FileName]).Faults, Is.Empty);
        });
    }

    [Test]
    public void Build_that_is_killed_gives_the_bytes_of_an_undisturbed_one([Values] bool isPacked)
    {
        using var folder = new TempFolder();
        var documents = Documents(120, clusters: 3).ToList();
        var broken = documents.Take(90).Concat(Enumerable.Range(0, 1).Select<int, TokenizedDocument>(_ => throw new OperationCanceledException()));
        ShardManifest Build(string name, IEnumerable<TokenizedDocument> given) => isPacked
            ? Rows(new BestFitConfig { RowLength = 16, TokensPerStep = 256 }, inHand: 25).Build(folder[name], given)
            : Pieces(openShards: 6).Build(folder[name], given);

        var expected = Build("undisturbed", documents);
        Assert.That(() => Build("killed", broken), Throws.TypeOf<OperationCanceledException>());
        var resumed = Build("killed", documents);

        Assert.That(resumed.ManifestHash, Is.EqualTo(expected.ManifestHash));
    }

    [Test]
    public void Packed_rows_hold_documents_of_one_cluster()
    {
        using var folder = new TempFolder();
        var documents = Documents(500, clusters: 4).ToList();

        var manifest = Rows(new BestFitConfig { RowLength = 32, TokensPerStep = 256 }, inHand: 60).Build(folder.Path, documents);

        using var set = ShardSet.Open(folder[ShardManifest.FileName]);
        var clusters = documents.ToDictionary(document => document.Hash, document => document.Cluster);
        var bucket = manifest.Buckets.Single();
        var rows = Enumerable.Range(0, (int)bucket.Rows).Select(row => clusters[set.Provenance(bucket.Exponent, row).Document]).ToList();
        Assert.Multiple(() =>
        {
            Assert.That(rows, Is.Ordered);
            Assert.That(bucket.Groups!.SelectMany(group => Enumerable.Repeat(group.Cluster, (int)group.Rows)), Is.EqualTo(rows));
            Assert.That(bucket.Groups, Has.Count.AtMost(8));
            Assert.That(manifest.Ledger.Closes(), Is.True);
        });
    }

    private static ShardBuilder Pieces(int openShards = 256)
    {
        return new ShardBuilder(Config, seed: 0, Tokenizer, Vocabulary, Sources) { OpenShards = openShards };
    }

    private static PackedShardBuilder Rows(PackedBatchingConfig config, int inHand = 1_000)
    {
        return new PackedShardBuilder(config, seed: 5, Tokenizer, Vocabulary, endOfTextId: 0, Sources) { MostDocumentsInHand = inHand };
    }

    private static List<(int, DocumentHash, int, string)> Rows(string folder)
    {
        using var set = ShardSet.Open(Path.Combine(folder, ShardManifest.FileName));
        var rows = new List<(int, DocumentHash, int, string)>();
        foreach (var bucket in set.Manifest.Buckets)
        {
            for (var row = 0L; row < bucket.Rows; row++)
            {
                var ids = new int[1 << bucket.Exponent];
                set.CopyRow(bucket.Exponent, row, ids);
                var provenance = set.Provenance(bucket.Exponent, row);
                rows.Add((bucket.Exponent, provenance.Document, provenance.PieceOrdinal, string.Join(' ', ids)));
            }
        }

        return rows;
    }

    // Sources one behind the other, clusters all mixed up.
    private static IEnumerable<TokenizedDocument> Documents(int count, int clusters)
    {
        for (var number = 0; number < count; number++)
        {
            var key = RandomKey.FromSeed(4).Fold(number);
            var ids = Enumerable.Range(0, 4 + (int)key.BelowAt(-1, 40)).Select(i => 1 + (int)key.BelowAt(i, Vocabulary - 1)).ToArray();
            yield return new TokenizedDocument(DocumentHash.Of($"document {number}"), number * 2 / count, ids, (int)key.BelowAt(-2, clusters));
        }
    }
}
