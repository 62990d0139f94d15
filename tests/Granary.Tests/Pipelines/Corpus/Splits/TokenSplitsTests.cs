using System.Text;
using Granary.Core;
using Granary.Pipelines.Corpus.NearDuplicates;
using Granary.Pipelines.Corpus.Tests;
using Granary.Testing;

namespace Granary.Pipelines.Corpus.Splits.Tests;

public sealed class TokenSplitsTests
{
    private const string Identity = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

    [TestCase(1, 1 << 16)]
    [TestCase(3, 1 << 10)]
    [TestCase(2, 1)]
    public void Documents_from_splits_are_those_of_a_reading_and_in_its_order(int workers, long splitBytes)
    {
        using var folder = NewCorpus();
        var config = new CorpusConfig { Sources = [Blocks("first", folder["f?.txt"]), Blocks("second", folder["*.txt"]) with { HeldOutOneIn = 3 }] };
        var (reader, manifest) = ReadOnce(config, workers);

        var fromSplits = Tokenized(folder, reader, manifest, splitBytes).ToArray();

        Assert.That(fromSplits, Is.EqualTo(reader.ReadTraining(manifest).Select(Of)));
        Assert.That(fromSplits, Has.Length.GreaterThan(150));
    }

    [Test]
    public void A_file_that_is_read_in_parts_falls_into_many_splits()
    {
        using var folder = NewCorpus();
        var (reader, manifest) = ReadOnce(new CorpusConfig { Sources = [Blocks("one", folder["big.txt"])] }, workers: 2);

        var splits = reader.Split(manifest, splitBytes: 2_000);

        Assert.That(splits, Has.Count.GreaterThan(5));
        Assert.That(splits.Sum(split => split.Parts), Is.EqualTo(manifest.Files[0].Sum(file => (file.Bytes + 999) / 1_000)));
        Assert.That(Tokenized(folder, reader, manifest, splitBytes: 2_000), Is.EqualTo(reader.ReadTraining(manifest).Select(Of)));
    }

    [Test]
    public void Limits_near_duplicates_and_equal_texts_are_settled_over_all_splits()
    {
        using var folder = NewCorpus();
        var config = new CorpusConfig
        {
            Sources = [Blocks("limited", folder["*.txt"]) with { Limit = 70 }, Blocks("near", folder["near.txt"]), Blocks("short", folder["*.txt"]) with { MaxBytes = 4_000 }],
            NearDuplicates = new NearDuplicateConfig(),
        };
        var reader = Reader(config, workers: 2);
        var (manifest, _) = CorpusStage.Run(folder["stage"], config, reader);

        var fromSplits = Tokenized(folder, reader, manifest, splitBytes: 1_000).ToArray();

        Assert.That(fromSplits, Is.EqualTo(reader.ReadTraining(manifest).Select(Of)));
        Assert.That(manifest.Report.Sources.Sum(source => source.Dropped.GetValueOrDefault(DropReason.NearDuplicate)?.Count ?? 0), Is.GreaterThan(0));
    }

    [Test]
    public void What_cannot_be_read_is_counted_as_in_a_reading()
    {
        using var folder = NewCorpus();
        File.WriteAllText(folder["broken.jsonl"], "{\"text\":\"good one\"}\n{\"text\":\n{\"text\":\"another\"}\n");
        File.WriteAllBytes(folder["cut.jsonl.gz"], CorpusSample.Gzip(Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, 500).Select(i => $"{{\"text\":\"document {i}\"}}\n"))))[..300]);
        var config = new CorpusConfig { Sources = [CorpusSample.JsonLines(folder["*.jsonl*"])] };
        var (reader, manifest) = ReadOnce(config, workers: 2);

        var fromSplits = Tokenized(folder, reader, manifest, splitBytes: 1).ToArray();

        Assert.That(fromSplits, Is.EqualTo(reader.ReadTraining(manifest).Select(Of)));
        Assert.That(manifest.Report.Sources[0].Dropped.Keys, Is.EquivalentTo(new[] { DropReason.InvalidJson, DropReason.UnreadableFile }));
    }

    [Test]
    public void A_file_that_has_changed_since_is_refused()
    {
        using var folder = NewCorpus();
        var (reader, manifest) = ReadOnce(new CorpusConfig { Sources = [Blocks("one", folder["big.txt"])] }, workers: 2);
        var bytes = File.ReadAllBytes(folder["big.txt"]);
        bytes[5] ^= 1;
        File.WriteAllBytes(folder["big.txt"], bytes);

        Assert.That(() => Tokenized(folder, reader, manifest, splitBytes: 1 << 20).Count(), Throws.TypeOf<CorpusException>().With.Message.Contains("its content is another"));
    }

    [Test]
    public void A_flipped_bit_in_any_byte_of_a_split_is_found()
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder["a.txt"], "one two\n\nthree\n\nfour five six\n");
        var (reader, manifest) = ReadOnce(new CorpusConfig { Sources = [Blocks("one", folder["a.txt"])] }, workers: 1);
        var bytes = Split(reader, manifest, new CorpusSplit(0, 0, 0, 1), 0);

        for (var index = 0; index < bytes.Length; index++)
        {
            var damaged = bytes.ToArray();
            damaged[index] ^= (byte)(1 << (index % 8));
            File.WriteAllBytes(folder["damaged"], damaged);

            var splits = new TokenSplits([new CorpusSplit(0, 0, 0, 1)], Header(0), (_, _) => folder["damaged"]);
            Assert.That(() => reader.ReadTraining(manifest, splits).Count(), Throws.TypeOf<CorpusException>().With.Message.Contains("The file of ids cannot be used"), $"byte {index}");
        }
    }

    [Test]
    public void A_split_of_another_corpus_or_number_is_refused()
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder["a.txt"], "one\n");
        var (reader, manifest) = ReadOnce(new CorpusConfig { Sources = [Blocks("one", folder["a.txt"])] }, workers: 1);
        File.WriteAllBytes(folder["tokens"], Split(reader, manifest, new CorpusSplit(0, 0, 0, 1), 0));

        Assert.That(() => TokenSplitReader.Open(folder["tokens"], Header(1)), Throws.TypeOf<CorpusException>());
        Assert.That(() => TokenSplitReader.Open(folder["tokens"], Header(0) with { Identity = new string('0', 64) }), Throws.TypeOf<CorpusException>());
        Assert.That(() => TokenSplitReader.Open(folder["none"], Header(0)), Throws.TypeOf<CorpusException>());
        Assert.That(TokenSplitReader.Open(folder["tokens"], Header(0)).Parts, Is.EqualTo(1));
    }

    [Test]
    public void Large_vocabularies_have_ids_of_four_bytes()
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder["a.txt"], "one\n");
        var (reader, manifest) = ReadOnce(new CorpusConfig { Sources = [Blocks("one", folder["a.txt"])] }, workers: 1);
        using var output = new MemoryStream();
        var header = TokenSplitHeader.Of(Identity, split: 0, vocabularySize: 100_000);

        reader.WriteTokens(manifest, new CorpusSplit(0, 0, 0, 1), header, _ => [99_999, 0], output, CancellationToken.None);
        File.WriteAllBytes(folder["tokens"], output.ToArray());
        var splits = new TokenSplits([new CorpusSplit(0, 0, 0, 1)], header, (_, _) => folder["tokens"]);

        Assert.That(reader.ReadTraining(manifest, splits).Single().Ids.ToArray(), Is.EqualTo(new[] { 99_999, 0 }));
        Assert.That(TokenSplitHeader.Of(Identity, 0, 65_536).IdBytes, Is.EqualTo(2));
    }

    [Test]
    public void Whoever_stops_reading_does_not_wait_for_splits_that_are_not_there()
    {
        using var folder = NewCorpus();
        var (reader, manifest) = ReadOnce(new CorpusConfig { Sources = [Blocks("one", folder["*.txt"])] }, workers: 2);
        var plan = reader.Split(manifest, splitBytes: 2_000);
        File.WriteAllBytes(folder["0.tokens"], Split(reader, manifest, plan[0], 0));
        var splits = new TokenSplits(plan, Header(0), (number, stop) =>
        {
            if (number > 0)
            {
                stop.WaitHandle.WaitOne(TimeSpan.FromSeconds(30));
                stop.ThrowIfCancellationRequested();
            }

            return folder["0.tokens"];
        });

        var first = reader.ReadTraining(manifest, splits).First();

        Assert.That(Of(first), Is.EqualTo(Of(reader.ReadTraining(manifest).First())));
    }

    private static (CorpusReader Reader, CorpusManifest Manifest) ReadOnce(CorpusConfig config, int workers)
    {
        var (reader, tally) = (Reader(config, workers), new CorpusTally());
        _ = reader.Read(tally).Count();
        return (reader, tally.Manifest);
    }

    private static CorpusReader Reader(CorpusConfig config, int workers)
    {
        return new CorpusReader(config, new PathPlaceholders(), TimeProvider.System, workers) { PartBytes = 1_000 };
    }

    private static IEnumerable<(UInt128 Hash, int Source, string File, long Line, long Offset, int Bytes, string Ids)> Tokenized(TempFolder folder, CorpusReader reader, CorpusManifest manifest, long splitBytes)
    {
        var plan = reader.Split(manifest, splitBytes);
        Directory.CreateDirectory(folder["tokens"]);
        var paths = plan.Select((split, number) =>
        {
            var path = folder["tokens", $"{number}"];
            File.WriteAllBytes(path, Split(reader, manifest, split, number));
            return path;
        }).ToArray();
        return reader.ReadTraining(manifest, new TokenSplits(plan, Header(0), (number, _) => paths[number])).Select(Of);
    }

    private static byte[] Split(CorpusReader reader, CorpusManifest manifest, CorpusSplit split, int number)
    {
        using var output = new MemoryStream();
        reader.WriteTokens(manifest, split, Header(number), Encode, output, CancellationToken.None);
        return output.ToArray();
    }

    private static (UInt128 Hash, int Source, string File, long Line, long Offset, int Bytes, string Ids) Of(Document document)
    {
        var ids = document.Text.Length > 0 ? Encode(document.Text) : document.Ids.ToArray();
        return (document.Hash, document.Source, document.File, document.Line, document.Offset, document.Bytes, string.Join(' ', ids));
    }

    // Bytes as ids: whatever tokenizes, a document has ids of its own.
    private static int[] Encode(ReadOnlyMemory<byte> text) => [.. text.ToArray(), 300];

    private static TokenSplitHeader Header(int split) => TokenSplitHeader.Of(Identity, split, vocabularySize: 1_000);

    private static TextSourceConfig Blocks(string name, params string[] paths)
    {
        return new TextSourceConfig { Name = name, Paths = paths, Split = TextSplit.BlankLine };
    }

    // Files of less than a part and of many; equal and nearly equal documents among them.
    private static TempFolder NewCorpus()
    {
        var folder = new TempFolder();
        for (var file = 0; file < 5; file++)
        {
            File.WriteAllText(folder[$"f{file}.txt"], string.Concat(Enumerable.Range(0, 10).Select(i => $"document {i * (file % 3)} of a file with some words\n\n")));
        }

        File.WriteAllText(folder["big.txt"], string.Concat(Enumerable.Range(0, 400).Select(i => $"a longer document of number {i / 2 * 2} that stands twice, or nearly so {(i % 7 == 0 ? "here" : "there")}\nwith two lines\n\n")));
        var words = string.Join(' ', Enumerable.Range(0, 80).Select(i => $"word{i}"));
        File.WriteAllText(folder["near.txt"], string.Concat(Enumerable.Range(0, 20).Select(i => $"{words} {i}\n\n")));
        return folder;
    }
}
