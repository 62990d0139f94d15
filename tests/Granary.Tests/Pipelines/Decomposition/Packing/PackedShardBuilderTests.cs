using FsCheck;
using FsCheck.Fluent;
using Granary.Core;
using Granary.Core.Configuration;
using Granary.Core.Randomness;
using Granary.Data.Batching;
using Granary.Data.Shards;
using Granary.Pipelines.Decomposition.Tests;
using Granary.Testing;

namespace Granary.Pipelines.Decomposition.Packing.Tests;

public sealed class PackedShardBuilderTests
{
    private const int Vocabulary = 5_000;
    private const int EndOfText = 7;
    private const int RowLength = 64;
    private static readonly string Tokenizer = new('a', 64);
    private static readonly ConcatAndChunkConfig Stream = new() { RowLength = RowLength, TokensPerStep = 256 };
    private static readonly BestFitConfig Fit = new() { RowLength = RowLength, TokensPerStep = 256 };

    [Test]
    public void Stream_holds_the_shuffled_documents_one_behind_the_other([Values(1, 10, 1_000)] int inHand)
    {
        using var folder = new TempFolder();
        var documents = Documents(80);

        var manifest = Builder(Stream, inHand: inHand).Build(folder.Path, documents);

        using var set = ShardSet.Open(folder[ShardManifest.FileName]);
        var row = 0;
        var dropped = new long[2];
        foreach (var (window, number) in documents.Chunk(inHand).Select((window, number) => (window, number)))
        {
            foreach (var source in new[] { 0, 1 })
            {
                // The slow, obvious form: all ids of the window's documents of a source in a list, cut at the row length.
                var shuffle = new DocumentShuffle(RandomKey.FromSeed(5).Use("packing/shuffle").Fold(source).Fold(number));
                window.Where(document => document.SourceIndex == source).ToList().ForEach(shuffle.Add);
                var stream = shuffle.Drain().SelectMany(document => document.Ids.ToArray().Select((id, i) => (Id: id, Document: document, Start: i))).ToList();
                for (var start = 0; start + RowLength <= stream.Count; start += RowLength, row++)
                {
                    AssertRow(set, row, stream.Skip(start).Take(RowLength).ToList(), stream.Skip(start + RowLength).Select(token => token.Id).FirstOrDefault(-1));
                }

                dropped[source] += stream.Count % RowLength;
            }
        }

        Assert.That(manifest.Sources.Select(source => source.TokensDropped), Is.EqualTo(dropped));
        Assert.That(manifest.Buckets.Single().Rows, Is.EqualTo(row));
        Assert.That(ShardVerifier.Verify(folder[ShardManifest.FileName]).Faults, Is.Empty);
    }

    [Test]
    public void Best_fit_keeps_every_token_and_cuts_only_what_is_longer_than_a_row([Values(1, 10, 1_000)] int inHand)
    {
        using var folder = new TempFolder();
        var documents = Documents(80);

        var manifest = Builder(Fit, inHand: inHand).Build(folder.Path, documents);

        using var set = ShardSet.Open(folder[ShardManifest.FileName]);
        var segments = Enumerable.Range(0, (int)manifest.Buckets.Single().Rows).SelectMany(row => Segments(set, row)).ToList();
        var expected = documents.SelectMany(document => document.Ids.ToArray().Chunk(RowLength));
        Assert.Multiple(() =>
        {
            Assert.That(segments.Select(ids => string.Join(' ', ids)), Is.EquivalentTo(expected.Select(ids => string.Join(' ', ids))));
            Assert.That(manifest.Ledger.TokensKept, Is.EqualTo(manifest.Ledger.TokensRead));
            Assert.That(manifest.Ledger.TokensKept + manifest.Ledger.TokensPadding, Is.EqualTo(manifest.Buckets[0].Rows * RowLength));
            Assert.That(manifest.Ledger.DocumentsSplit, Is.EqualTo(documents.Count(document => document.Ids.Length > RowLength)));
            Assert.That(ShardVerifier.Verify(folder[ShardManifest.FileName]).Faults, Is.Empty);
        });
    }

    [Test]
    public void Whole_rows_of_a_long_document_know_the_id_behind_them()
    {
        using var folder = new TempFolder();
        var document = Document(1, source: 0, length: (2 * RowLength) + 1);

        Builder(Fit).Build(folder.Path, [document]);

        using var set = ShardSet.Open(folder[ShardManifest.FileName]);
        var ids = document.Ids.ToArray();
        Assert.Multiple(() =>
        {
            Assert.That(new[] { set.NextToken(6, 0), set.NextToken(6, 1), set.NextToken(6, 2) }, Is.EqualTo(new[] { ids[RowLength], ids[2 * RowLength], -1 }));
            Assert.That(set.Provenance(6, 0).Flags, Is.EqualTo(RowFlags.First | RowFlags.Split));
            Assert.That(set.Provenance(6, 1), Is.EqualTo(new RowProvenance(document.Hash, 0, RowLength, 1, RowFlags.Split)));
            Assert.That(set.Provenance(6, 2), Is.EqualTo(new RowProvenance(document.Hash, 0, 2 * RowLength, 2, RowFlags.Split | RowFlags.Padded)));
            Assert.That(Ids(set, 2), Is.EqualTo(Enumerable.Repeat(EndOfText, RowLength - 1).Prepend(ids[^1])));
            Assert.That(Borders(set, 2), Is.EqualTo(new[] { 0, 1 }));
        });
    }

    [FsCheck.NUnit.Property(MaxTest = 60)]
    public Property Ledger_closes_and_counts_the_targets_that_document_masking_leaves()
    {
        var cases =
            from lengths in Gen.ListOf(Gen.Choose(0, 200))
            from isFit in Gen.Elements(true, false)
            from inHand in Gen.Choose(1, 20)
            select (lengths: lengths.ToArray(), config: isFit ? (PackedBatchingConfig)Fit : Stream, inHand);
        return Prop.ForAll(cases.ToArbitrary(), (item) =>
        {
            using var folder = new TempFolder();
            var documents = item.lengths.Select((length, number) => Document(number, number < item.lengths.Length / 2 ? 0 : 1, length)).ToList();

            var manifest = Builder(item.config, inHand: item.inHand).Build(folder.Path, documents);

            using var set = ShardSet.Open(folder[ShardManifest.FileName]);
            var rows = (int)manifest.Buckets.Sum(bucket => bucket.Rows);
            Assert.That(manifest.Ledger.Closes(), Is.True);
            Assert.That(ShardSource.AddUp(manifest.Sources, manifest.Ledger), Is.True);
            Assert.That(manifest.Ledger.TokensRead, Is.EqualTo(item.lengths.Sum()));
            Assert.That(manifest.Ledger.TokensKept, Is.EqualTo((rows * RowLength) - manifest.Ledger.TokensPadding));
            Assert.That(manifest.Ledger.Targets, Is.EqualTo(Enumerable.Range(0, rows).Sum(row => CountTargets(set, row))));
            if (item.config == Fit)
            {
                Assert.That(manifest.Ledger.EndOfTextKept, Is.EqualTo(item.lengths.Count(length => length > 1)));
                Assert.That(manifest.Ledger.DocumentsWithoutPieces, Is.EqualTo(item.lengths.Count(length => length == 0)));
            }
        });
    }

    [Test]
    public void Bytes_are_the_same_for_any_number_of_workers([Values(1, 2, 5)] int workers, [Values("concat-and-chunk", "best-fit")] string type)
    {
        using var folder = new TempFolder();
        PackedBatchingConfig config = type == "best-fit" ? Fit : Stream;
        Builder(config, rowsPerShard: 20).Build(folder["expected"], Documents(80));
        var options = new OrderedParallelOptions { Workers = workers, Ahead = 20 };

        Builder(config, rowsPerShard: 20).Build(folder["actual"], OrderedParallel.Map(Enumerable.Range(0, 80), number => Documents(80)[number], options));

        Assert.That(Snapshot(folder["actual"]), Is.EqualTo(Snapshot(folder["expected"])));
    }

    [Test]
    public void Another_seed_gives_another_stream_of_the_same_documents_and_the_same_fit()
    {
        using var folder = new TempFolder();

        var (one, other) = (Builder(Stream, seed: 1).Build(folder["a"], Documents(80)), Builder(Stream, seed: 2).Build(folder["b"], Documents(80)));
        var (fit, otherFit) = (Builder(Fit, seed: 1).Build(folder["c"], Documents(80)), Builder(Fit, seed: 2).Build(folder["d"], Documents(80)));

        Assert.Multiple(() =>
        {
            Assert.That(other.ManifestHash, Is.Not.EqualTo(one.ManifestHash));
            Assert.That(other.Ledger.TokensKept, Is.EqualTo(one.Ledger.TokensKept));
            Assert.That(otherFit.ManifestHash, Is.EqualTo(fit.ManifestHash));
        });
    }

    [Test]
    public void Methods_that_differ_in_their_masks_only_have_the_same_rows()
    {
        PackedBatchingConfig[] configs = [new ConcatAndChunkConfig(), new DocumentMaskingConfig { ResetPositions = false }, new SkyLadderConfig { Growth = 1 }];

        Assert.That(configs.Select(config => PackedShardBuilder.SettingsSha256(config, seed: 1)).Distinct().Count(), Is.EqualTo(1));
        Assert.That(PackedShardBuilder.SettingsSha256(new ConcatAndChunkConfig { RowLength = 512 }, seed: 1), Is.Not.EqualTo(PackedShardBuilder.SettingsSha256(configs[0], seed: 1)));
        Assert.That(PackedShardBuilder.SettingsSha256(new BestFitConfig(), seed: 1), Is.Not.EqualTo(PackedShardBuilder.SettingsSha256(configs[0], seed: 1)));
    }

    [Test]
    public void Process_that_dies_at_any_moment_leaves_nothing_visible_and_the_next_build_gives_the_same_bytes([Values("concat-and-chunk", "best-fit")] string type)
    {
        using var folder = new TempFolder();
        PackedBatchingConfig config = type == "best-fit" ? Fit : Stream;
        Builder(config, inHand: 15, rowsPerShard: 8).Build(folder["expected"], Documents(80));
        var expected = Snapshot(folder["expected"]);

        // What lies on disk at a moment is what a process killed there leaves behind.
        var moments = new List<(string Moment, Dictionary<string, string> Files)>();
        Builder(config, inHand: 15, rowsPerShard: 8, reached: moment => moments.Add((moment, Snapshot(folder["killed"]))))
            .Build(folder["killed"], Documents(80));

        Assert.That(moments.Select(moment => moment.Moment).Distinct(), Is.EquivalentTo(new[] { "shard opened", "shard full", "shard published", "window finished", "shards published", "manifest published" }));
        for (var i = 0; i < moments.Count; i++)
        {
            var left = folder[$"left-{i}"];
            Restore(left, moments[i].Files);
            Builder(config, inHand: 15, rowsPerShard: 8).Build(left, Documents(80));

            Assert.That(Snapshot(left), Is.EqualTo(expected), $"{moments[i].Moment}, moment {i}");
        }
    }

    [Test]
    public void Windows_that_are_finished_are_not_packed_again()
    {
        using var folder = new TempFolder();
        var failing = Documents(80).Take(70).Concat(Enumerable.Range(0, 1).Select<int, TokenizedDocument>(_ => throw new OperationCanceledException()));
        Assert.That(() => Builder(Stream, inHand: 15).Build(folder.Path, failing), Throws.TypeOf<OperationCanceledException>());
        var taken = new List<TokenizedDocument>();

        var manifest = Builder(Stream, inHand: 15).Build(folder.Path, new TokenizedDocuments(ShardBuilderExtensions.Hash, skipped =>
        {
            return Documents(80).Skip((int)skipped).Select(document =>
            {
                taken.Add(document);
                return document;
            });
        }));

        Assert.That(taken, Has.Count.EqualTo(20), "four windows of fifteen are finished");
        Assert.That(manifest.Ledger.Documents, Is.EqualTo(80));
        Assert.That(ShardVerifier.Verify(folder[ShardManifest.FileName]).Faults, Is.Empty);
        Assert.That(File.Exists(folder[ShardJournal.FileName]), Is.False);
    }

    [Test]
    public void Sources_that_take_turns_are_refused()
    {
        using var folder = new TempFolder();
        TokenizedDocument[] documents = [Document(1, source: 0, length: 5), Document(2, source: 1, length: 5), Document(3, source: 0, length: 5)];

        Assert.That(() => Builder(Stream).Build(folder.Path, documents), Throws.TypeOf<CorpusException>().With.Message.Contains("its source 'one' was at its end"));
        Assert.That(() => Builder(Stream).Build(folder.Path, [Document(1, source: 2, length: 5)]), Throws.TypeOf<CorpusException>().With.Message.Contains("its source is '2'"));
    }

    [Test]
    public void Failing_document_publishes_nothing_and_an_older_set_is_replaced()
    {
        using var folder = new TempFolder();
        var failing = Documents(80).Concat(Enumerable.Range(0, 1).Select<int, TokenizedDocument>(_ => throw new FormatException("page 81")));

        Assert.That(() => Builder(Stream).Build(folder.Path, failing), Throws.TypeOf<FormatException>());
        Assert.That(Directory.GetFiles(folder.Path, "*", SearchOption.AllDirectories), Is.Empty);

        Builder(Stream).Build(folder.Path, Documents(20));
        Builder(Fit, rowsPerShard: 10).Build(folder.Path, Documents(80));

        Builder(Fit, rowsPerShard: 10).Build(folder["fresh"], Documents(80));
        Assert.That(Snapshot(folder["d06"]), Is.EqualTo(Snapshot(folder["fresh", "d06"])));
    }

    [Test]
    public void No_documents_give_an_empty_set()
    {
        using var folder = new TempFolder();

        var manifest = Builder(Stream).Build(folder.Path, []);

        Assert.That(manifest.Buckets, Is.Empty);
        Assert.That(ShardVerifier.Verify(folder[ShardManifest.FileName]).Shards, Is.Zero);
    }

    [Test]
    public void Row_length_that_is_no_power_of_two_is_refused()
    {
        Assert.That(() => Builder(Stream with { RowLength = 100 }), Throws.TypeOf<ConfigurationException>());
    }

    private static PackedShardBuilder Builder(PackedBatchingConfig config, long seed = 5, int inHand = 1_000, int rowsPerShard = 1 << 17, Action<string>? reached = null)
    {
        return new PackedShardBuilder(config, seed, Tokenizer, Vocabulary, EndOfText, ["one", "other"])
        {
            MostDocumentsInHand = inHand,
            RowsPerShard = rowsPerShard,
            Reached = reached ?? (_ => { }),
        };
    }

    private static void AssertRow(ShardSet set, int row, List<(int Id, TokenizedDocument Document, int Start)> expected, int behind)
    {
        var provenance = set.Provenance(6, row);
        Assert.Multiple(() =>
        {
            Assert.That(Ids(set, row), Is.EqualTo(expected.Select(token => token.Id)));
            Assert.That(Borders(set, row), Is.EqualTo(Enumerable.Range(0, RowLength).Where(i => i == 0 || expected[i].Start == 0)));
            Assert.That(set.NextToken(6, row), Is.EqualTo(behind));
            Assert.That((provenance.Document, provenance.SourceIndex, provenance.TokenStart), Is.EqualTo((expected[0].Document.Hash, expected[0].Document.SourceIndex, expected[0].Start)));
            Assert.That(provenance.Flags.HasFlag(RowFlags.First), Is.EqualTo(expected[0].Start == 0));
            Assert.That(provenance.Flags.HasFlag(RowFlags.Last), Is.EqualTo(expected[^1].Start == expected[^1].Document.Ids.Length - 1));
            Assert.That(provenance.Flags.HasFlag(RowFlags.Padded), Is.False);
        });
    }

    private static List<TokenizedDocument> Documents(int count)
    {
        return [.. Enumerable.Range(0, count).Select(number => Document(number, source: 2 * number / count, length: (int)RandomKey.FromSeed(3).BelowAt(number, 150)))];
    }

    private static TokenizedDocument Document(int number, int source, int length)
    {
        var key = RandomKey.FromSeed(4).Fold(number);
        return new TokenizedDocument(DocumentHash.Of($"document {number}"), source, Enumerable.Range(0, length).Select(i => i == length - 1 ? EndOfText : 8 + (int)key.BelowAt(i, Vocabulary - 8)).ToArray());
    }

    private static int[] Ids(ShardSet set, long row)
    {
        var ids = new int[RowLength];
        set.CopyRow(6, row, ids);
        return ids;
    }

    private static List<int> Borders(ShardSet set, long row)
    {
        var bits = set.Borders(6, row).ToArray();
        return [.. Enumerable.Range(0, RowLength).Where(i => (bits[i / 8] & (1 << (i % 8))) != 0)];
    }

    // Without padding.
    private static IEnumerable<int[]> Segments(ShardSet set, long row)
    {
        var (ids, borders) = (Ids(set, row), Borders(set, row));
        var count = borders.Count - (set.Provenance(6, row).Flags.HasFlag(RowFlags.Padded) ? 1 : 0);
        return Enumerable.Range(0, count).Select(i => ids[borders[i]..(i + 1 < borders.Count ? borders[i + 1] : RowLength)]);
    }

    private static int CountTargets(ShardSet set, long row)
    {
        var targets = Enumerable.Repeat(1L, RowLength).ToArray();
        targets[^1] = set.NextToken(6, row) < 0 ? TokenBatch.IgnoredTarget : 1;
        SegmentWriter.Fill(new SegmentLaw(true, 0, false), set.Borders(6, row), set.Provenance(6, row).Flags, new int[RowLength], [], targets);
        return targets.Count(target => target == 1);
    }

    private static Dictionary<string, string> Snapshot(string folder)
    {
        return Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
            .ToDictionary(file => Path.GetRelativePath(folder, file), file => Convert.ToBase64String(File.ReadAllBytes(file)));
    }

    private static void Restore(string folder, Dictionary<string, string> files)
    {
        foreach (var (file, bytes) in files)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(folder, file))!);
            File.WriteAllBytes(Path.Combine(folder, file), Convert.FromBase64String(bytes));
        }
    }
}
