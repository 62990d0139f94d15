using Granary.Core;
using Granary.Core.Files;
using Granary.Core.Randomness;
using Granary.Data.Shards;
using Granary.Testing;

namespace Granary.Pipelines.Decomposition.Tests;

public sealed class ShardBuilderTests
{
    private const int Vocabulary = 5_000;
    private const int EndOfText = 0;
    private static readonly string Tokenizer = new('a', 64);
    private static readonly DecompositionConfig Config = new() { MinExponent = 4, MaxExponent = 7 };
    private static readonly DecompositionConfig Parted = Config with { TokensPerPart = 2_500 };

    [Test]
    public void Every_piece_is_found_again_at_its_place_in_its_document(
        [Values("2^k", "2^k+1", "overlap-1")] string form,
        [Values("cap", "random")] string longDocuments,
        [Values("drop", "align-end")] string tail)
    {
        using var folder = new TempFolder();
        var documents = Documents(60).ToDictionary(document => document.Hash);
        var builder = Builder(Config with { Pieces = form, LongDocuments = longDocuments, Tail = tail });

        var manifest = builder.Build(folder.Path, documents.Values);

        using var set = ShardSet.Open(folder[ShardManifest.FileName]);
        var pieces = 0L;
        foreach (var bucket in manifest.Buckets)
        {
            for (var row = 0L; row < bucket.Rows; row++)
            {
                var (ids, provenance) = (new int[1 << bucket.Exponent], set.Provenance(bucket.Exponent, row));
                set.CopyRow(bucket.Exponent, row, ids);
                var document = documents[provenance.Document];
                var (start, end) = (provenance.TokenStart, provenance.TokenStart + ids.Length);
                Assert.Multiple(() =>
                {
                    Assert.That(ids, Is.EqualTo(document.Ids.Span[start..end].ToArray()));
                    Assert.That(set.NextToken(bucket.Exponent, row), Is.EqualTo(end < document.Ids.Length ? document.Ids.Span[end] : -1));
                    Assert.That(provenance.SourceIndex, Is.EqualTo(document.SourceIndex));
                    Assert.That(ids.SkipLast(1), Has.None.EqualTo(EndOfText), "no row goes on behind the end of a document");
                });
                pieces++;
            }
        }

        Assert.Multiple(() =>
        {
            Assert.That(pieces, Is.EqualTo(manifest.Ledger.Buckets.Sum(bucket => bucket.Pieces)));
            Assert.That(manifest.Ledger.Closes(), Is.True);
            Assert.That(ShardVerifier.Verify(folder[ShardManifest.FileName]).Faults, Is.Empty);
        });
    }

    [Test]
    public void Pieces_of_a_document_can_be_put_together_again()
    {
        using var folder = new TempFolder();
        var document = Document(1, length: 1_000);

        var manifest = Builder(Config).Build(folder.Path, [document]);

        using var set = ShardSet.Open(folder[ShardManifest.FileName]);
        var rows = manifest.Buckets.SelectMany(bucket => Enumerable.Range(0, (int)bucket.Rows).Select(row => (bucket.Exponent, Row: row))).ToList();
        var inOrder = rows.OrderBy(row => set.Provenance(row.Exponent, row.Row).PieceOrdinal).ToList();
        var joined = inOrder.SelectMany(row =>
        {
            var ids = new int[1 << row.Exponent];
            set.CopyRow(row.Exponent, row.Row, ids);
            return ids;
        });
        var flags = inOrder.Select(row => set.Provenance(row.Exponent, row.Row).Flags).ToList();
        Assert.Multiple(() =>
        {
            Assert.That(joined, Is.EqualTo(document.Ids.ToArray().Take(992)), "1,000 = 7 x 128 + 64 + 32 + 8, and 8 is too short");
            Assert.That(flags[0], Is.EqualTo(RowFlags.First | RowFlags.Split));
            Assert.That(flags[1..^1], Is.All.EqualTo(RowFlags.Split));
            Assert.That(flags[^1], Is.EqualTo(RowFlags.Last | RowFlags.Split));
        });
    }

    [Test]
    public void Bytes_are_the_same_for_any_number_of_workers([Values(1, 2, 5)] int workers)
    {
        using var folder = new TempFolder();
        Builder(Config).Build(folder["expected"], Documents(200));
        var options = new OrderedParallelOptions { Workers = workers, Ahead = 20 };

        Builder(Config).Build(folder["actual"], OrderedParallel.Map(Enumerable.Range(0, 200), number => Document(number), options));

        Assert.That(Snapshot(folder["actual"]), Is.EqualTo(Snapshot(folder["expected"])));
    }

    [Test]
    public void Other_seed_cuts_long_documents_elsewhere_and_loses_nothing()
    {
        using var folder = new TempFolder();
        var config = Config with { LongDocuments = "random", MinExponent = 0 };

        var (one, other) = (Builder(config, seed: 1).Build(folder["a"], Documents(50)), Builder(config, seed: 2).Build(folder["b"], Documents(50)));

        Assert.Multiple(() =>
        {
            Assert.That(other.ManifestHash, Is.Not.EqualTo(one.ManifestHash));
            Assert.That(other.Ledger.TokensKept, Is.EqualTo(one.Ledger.TokensKept).And.EqualTo(one.Ledger.TokensRead));
        });
    }

    [Test]
    public void Every_token_of_every_source_is_accounted_for()
    {
        using var folder = new TempFolder();

        var manifest = Builder(Config).Build(folder.Path, Documents(100));

        var expected = Documents(100).GroupBy(document => document.SourceIndex).OrderBy(group => group.Key).Select(group => (group.Count(), group.Sum(document => document.Ids.Length)));
        Assert.Multiple(() =>
        {
            Assert.That(manifest.Sources.Select(source => source.Name), Is.EqualTo(new[] { "one", "other" }));
            Assert.That(manifest.Sources.Select(source => (source.Documents, source.TokensRead)), Is.EqualTo(expected));
            Assert.That(manifest.Sources.Select(source => source.TokensRead - source.TokensKept - source.TokensDropped), Is.All.Zero);
            Assert.That(manifest.Sources.Sum(source => source.TokensKept), Is.EqualTo(manifest.Ledger.TokensKept));
        });
    }

    [Test]
    public void Manifest_says_which_rows_come_from_which_source_and_cluster()
    {
        using var folder = new TempFolder();
        var documents = Enumerable.Range(0, 60).Select(number => Document(number) with { SourceIndex = number / 30, Cluster = number / 10 % 3 - 1 });

        var manifest = Builder(Config, rowsPerShard: 7).Build(folder.Path, documents);

        using var set = ShardSet.Open(folder[ShardManifest.FileName]);
        var clusters = documents.ToDictionary(document => document.Hash, document => document.Cluster);
        foreach (var bucket in manifest.Buckets)
        {
            var expected = Enumerable.Range(0, (int)bucket.Rows).Select(row => set.Provenance(bucket.Exponent, row)).Select(provenance => (provenance.SourceIndex, clusters[provenance.Document]));
            Assert.That(bucket.Groups!.SelectMany(group => Enumerable.Repeat((group.Source, group.Cluster), (int)group.Rows)), Is.EqualTo(expected));
            Assert.That(bucket.Groups, Has.Count.AtMost(6), "documents came source by source and cluster by cluster");
        }
    }

    [Test]
    public void Partial_shards_are_kept()
    {
        using var folder = new TempFolder();

        var manifest = Builder(Config, rowsPerShard: 7).Build(folder.Path, Documents(100));

        Assert.Multiple(() =>
        {
            Assert.That(manifest.Buckets.Sum(bucket => bucket.Rows << bucket.Exponent), Is.EqualTo(manifest.Ledger.TokensKept));
            Assert.That(manifest.Buckets.SelectMany(bucket => bucket.Shards.SkipLast(1)).Select(shard => shard.Rows), Is.All.EqualTo(7));
        });
    }

    [Test]
    public void Process_that_dies_at_any_moment_leaves_nothing_visible_and_the_next_build_gives_the_same_bytes()
    {
        using var folder = new TempFolder();
        Builder(Parted, rowsPerShard: 20).Build(folder["expected"], Documents(30));
        var expected = Snapshot(folder["expected"]);

        // What lies on disk at a moment is what a process killed there leaves behind.
        var moments = new List<(string Moment, Dictionary<string, string> Files)>();
        Builder(Parted, rowsPerShard: 20, reached: moment => moments.Add((moment, Snapshot(folder["killed"]))))
            .Build(folder["killed"], Documents(30));

        Assert.That(moments.Select(moment => moment.Moment).Distinct(), Is.EquivalentTo(new[] { "shard opened", "shard full", "shard published", "part finished", "shards published", "manifest published" }));
        for (var i = 0; i < moments.Count; i++)
        {
            var left = folder[$"left-{i}"];
            Restore(left, moments[i].Files);
            if (File.Exists(Path.Combine(left, ShardManifest.FileName)))
            {
                Assert.That(ShardVerifier.Verify(Path.Combine(left, ShardManifest.FileName)).Faults, Is.Empty, moments[i].Moment);
                continue;
            }

            Builder(Parted, rowsPerShard: 20).Build(left, Documents(30));

            Assert.That(Snapshot(left), Is.EqualTo(expected), $"{moments[i].Moment}, moment {i}");
        }
    }

    [Test]
    public void Parts_that_are_finished_are_not_cut_again()
    {
        using var folder = new TempFolder();
        Interrupt(folder.Path, behind: 25);
        var parts = Parts(folder.Path);
        var finished = parts.Sum(part => part.Ledger.Documents);
        var taken = new List<TokenizedDocument>();

        var manifest = Builder(Parted).Build(folder.Path, new TokenizedDocuments(ShardBuilderExtensions.Hash, skipped =>
        {
            Assert.That(skipped, Is.EqualTo(finished));
            return Documents(30).Skip((int)skipped).Select(document =>
            {
                taken.Add(document);
                return document;
            });
        }));

        Assert.Multiple(() =>
        {
            Assert.That(parts, Has.Count.GreaterThan(1));
            Assert.That(taken, Has.Count.EqualTo(30 - finished));
            Assert.That(manifest.Ledger.Documents, Is.EqualTo(30));
            Assert.That(ShardVerifier.Verify(folder[ShardManifest.FileName]).Faults, Is.Empty);
            Assert.That(File.Exists(folder[ShardJournal.FileName]), Is.False);
        });
    }

    [Test]
    public void Parts_end_at_the_same_documents_for_any_size_of_shards()
    {
        using var folder = new TempFolder();
        Interrupt(folder["a"], behind: 25, rowsPerShard: 3);
        Interrupt(folder["b"], behind: 25, rowsPerShard: 1_000);

        var (few, many) = (Parts(folder["a"], rowsPerShard: 3), Parts(folder["b"], rowsPerShard: 1_000));

        Assert.That(few, Is.Not.Empty);
        Assert.That(few.Select(part => part.Ledger.TokensRead), Is.EqualTo(many.Select(part => part.Ledger.TokensRead)).And.All.GreaterThanOrEqualTo(2_500));
    }

    [Test]
    public void Journal_of_another_build_is_removed_with_its_shards()
    {
        using var folder = new TempFolder();
        Builder(Parted).Build(folder["expected"], new TokenizedDocuments("other documents", _ => Documents(10)));
        Interrupt(folder["actual"], behind: 25);
        Assert.That(Parts(folder["actual"]), Is.Not.Empty);

        Builder(Parted).Build(folder["actual"], new TokenizedDocuments("other documents", _ => Documents(10)));

        Assert.That(Snapshot(folder["actual"]), Is.EqualTo(Snapshot(folder["expected"])));
    }

    [Test]
    public void Finished_set_stays_whole_while_its_successor_is_built_and_killed()
    {
        using var folder = new TempFolder();
        Builder(Parted).Build(folder.Path, Documents(8));

        Interrupt(folder.Path, behind: 25);
        Interrupt(folder.Path, behind: 26);

        Assert.That(Parts(folder.Path), Is.Not.Empty);
        Assert.That(ShardVerifier.Verify(folder[ShardManifest.FileName]).Faults, Is.Empty);
    }

    [Test]
    public void Failing_document_publishes_nothing()
    {
        using var folder = new TempFolder();
        var documents = Documents(40).Concat(Enumerable.Range(0, 1).Select<int, TokenizedDocument>(_ => throw new FormatException("page 41")));

        Assert.That(() => Builder(Config).Build(folder.Path, documents), Throws.TypeOf<FormatException>());

        Assert.That(Directory.GetFiles(folder.Path, "*", SearchOption.AllDirectories), Is.Empty);
    }

    [Test]
    public void Remains_of_older_builds_are_removed_once_the_manifest_stands()
    {
        using var folder = new TempFolder();
        Directory.CreateDirectory(folder["d05"]);
        File.WriteAllText(folder["d05", $"rows{AtomicFile.TemporaryMark}1-2"], "half a shard");
        File.WriteAllText(folder["d05", "0123456789abcdef.shard"], "of other documents");
        File.WriteAllText(folder["d05", "notes.txt"], "the user's own");

        Builder(Config).Build(folder.Path, Documents(20));

        Assert.That(Directory.GetFiles(folder["d05"]).Select(Path.GetFileName).Where(name => !File.ReadAllBytes(folder["d05", name!]).AsSpan().StartsWith("GRNSHARD"u8)), Is.EqualTo(new[] { "notes.txt" }));
    }

    [Test]
    public void Finished_set_is_replaced_only_when_asked()
    {
        using var folder = new TempFolder();
        var old = Builder(Config).Build(folder.Path, Documents(20));

        Assert.That(() => Builder(Config).Build(folder.Path, Documents(30)), Throws.TypeOf<CorpusException>().With.Message.Contains("finished shard set"));
        Assert.That(ShardManifest.Load(folder[ShardManifest.FileName]).ManifestHash, Is.EqualTo(old.ManifestHash));

        var replaced = Builder(Config).Build(folder.Path, Documents(30), replace: true);

        Assert.Multiple(() =>
        {
            Assert.That(ShardVerifier.Verify(folder[ShardManifest.FileName]).Faults, Is.Empty);
            Assert.That(Directory.GetFiles(folder.Path, "*.shard", SearchOption.AllDirectories), Has.Length.EqualTo(replaced.Buckets.Sum(bucket => bucket.Shards.Count)));
        });
    }

    [Test]
    public void Document_of_an_unknown_source_is_refused()
    {
        using var folder = new TempFolder();

        Assert.That(() => Builder(Config).Build(folder.Path, [Document(1) with { SourceIndex = 2 }]), Throws.TypeOf<CorpusException>().With.Message.Contains("its source is '2'"));
    }

    [Test]
    public void No_documents_give_an_empty_set()
    {
        using var folder = new TempFolder();

        var manifest = Builder(Config).Build(folder.Path, []);

        Assert.Multiple(() =>
        {
            Assert.That(manifest.Buckets, Is.Empty);
            Assert.That(ShardVerifier.Verify(folder[ShardManifest.FileName]).Shards, Is.Zero);
        });
    }

    private static ShardBuilder Builder(DecompositionConfig config, long seed = 0, int rowsPerShard = 1 << 17, Action<string>? reached = null)
    {
        return new ShardBuilder(config, seed, Tokenizer, Vocabulary, ["one", "other"]) { RowsPerShard = rowsPerShard, Reached = reached ?? (_ => { }) };
    }

    // A build that ends behind so many of its documents.
    private static void Interrupt(string folder, int behind, int rowsPerShard = 1 << 17)
    {
        var documents = Documents(behind).Concat(Enumerable.Range(0, 1).Select<int, TokenizedDocument>(_ => throw new OperationCanceledException()));
        Assert.That(
            () => Builder(Parted, rowsPerShard: rowsPerShard).Build(folder, documents, replace: true),
            Throws.TypeOf<OperationCanceledException>());
    }

    // What the journal tells the next build.
    private static IReadOnlyList<ShardManifest> Parts(string folder, int rowsPerShard = 1 << 17)
    {
        var builder = Builder(Parted, rowsPerShard: rowsPerShard);
        using var journal = ShardJournal.Open(folder, builder.HashOf(new TokenizedDocuments(ShardBuilderExtensions.Hash, _ => [])));
        return journal.Parts;
    }

    private static IEnumerable<TokenizedDocument> Documents(int count)
    {
        return Enumerable.Range(0, count).Select(number => Document(number));
    }

    private static TokenizedDocument Document(int number, int length = -1)
    {
        var key = RandomKey.FromSeed(4).Fold(number);
        length = length >= 0 ? length : (int)key.BelowAt(-1, 600);
        var ids = Enumerable.Range(0, length).Select(i => i == length - 1 ? EndOfText : 1 + (int)key.BelowAt(i, Vocabulary - 1)).ToArray();
        return new TokenizedDocument(DocumentHash.Of($"document {number}"), number % 2, ids);
    }

    private static Dictionary<string, string> Snapshot(string folder)
    {
        return Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
            .ToDictionary(file => Path.GetRelativePath(folder, file), file => Convert.ToBase64String(File.ReadAllBytes(file)));
    }

    private static void Restore(string folder, Dictionary<string, string> files)
    {
        Directory.CreateDirectory(folder);
        foreach (var (file, bytes) in files)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(folder, file))!);
            File.WriteAllBytes(Path.Combine(folder, file), Convert.FromBase64String(bytes));
        }
    }
}
