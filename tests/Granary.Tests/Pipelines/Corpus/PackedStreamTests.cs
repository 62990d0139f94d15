using System.Text;
using Granary.Core;
using Granary.Pipelines.Native.Compression.Tests;
using Granary.Testing;

namespace Granary.Pipelines.Corpus.Tests;

public sealed class PackedStreamTests
{
    private static readonly byte[] Lines = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, 20_000).Select(i => $"{{\"text\":\"line {i * 7919 % 1_000_003}\"}}\n")));

    [TestCase(".zst")]
    [TestCase(".bz2")]
    public void Whole_files_of_one_or_more_streams_are_unpacked(string ending)
    {
        var half = Lines.Length / 2;

        Assert.That(Unpack(ending, Pack(ending, Lines)), Is.EqualTo(Lines));
        Assert.That(Unpack(ending, [.. Pack(ending, Lines[..half]), .. Pack(ending, []), .. Pack(ending, Lines[half..])]), Is.EqualTo(Lines));
        Assert.That(Unpack(ending, Pack(ending, [])), Is.Empty);
    }

    [Test]
    public void Frames_to_be_skipped_say_nothing()
    {
        var note = CompressionSample.SkippableZstd("a note"u8.ToArray());
        var packed = CompressionSample.Zstd(Lines);

        Assert.That(Unpack(".zst", [.. note, .. packed, .. note, .. packed, .. note]), Is.EqualTo(Lines.Concat(Lines)));
        Assert.Throws<InvalidDataException>(() => Unpack(".zst", [.. packed, .. note[..^1]]));
    }

    [TestCase(".zst", 6, Description = "behind the magic number and the frame's header")]
    [TestCase(".bz2", 4, Description = "behind the magic number")]
    public void Every_cut_of_a_small_file_is_noticed_and_every_flipped_bit_that_matters(string ending, int header)
    {
        var content = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, 40).Select(i => $"{{\"text\":\"{i * 7919 % 1003}\"}}\n")));
        var packed = Pack(ending, content);
        for (var length = 1; length < packed.Length; length++)
        {
            Assert.Throws<InvalidDataException>(() => Unpack(ending, packed[..length]), $"cut to {length} of {packed.Length} bytes");
        }

        for (var bit = 8 * header; bit < 8 * packed.Length; bit++)
        {
            var flipped = packed.ToArray();
            flipped[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.That(IsDamagedOr(ending, content, flipped), Is.True, $"bit {bit} flipped");
        }
    }

    [TestCase(".zst")]
    [TestCase(".bz2")]
    public void Reads_of_any_size_give_the_same(string ending)
    {
        var content = Lines[..40_000];
        var packed = Pack(ending, content);
        foreach (var size in new[] { 1, 7, 1000, 1 << 16, 1 << 20 })
        {
            using var stream = Packing.Of(ending)!.Unpack(new MemoryStream(packed));
            using var unpacked = new MemoryStream();
            stream.CopyTo(unpacked, size);
            Assert.That(unpacked.ToArray(), Is.EqualTo(content), $"{size} bytes at a time");
        }
    }

    [TestCase(".zst")]
    [TestCase(".bz2")]
    public void What_follows_the_packed_data_is_noticed(string ending)
    {
        Assert.Throws<InvalidDataException>(() => Unpack(ending, [.. Pack(ending, Lines), .. "trailing garbage"u8]));
        Assert.Throws<InvalidDataException>(() => Unpack(ending, Lines));
    }

    [TestCase(".zst", "zstd")]
    [TestCase(".bz2", "bzip2")]
    public void A_bomb_is_stopped(string ending, string format)
    {
        var error = Assert.Throws<InvalidDataException>(() => Unpack(ending, Pack(ending, new byte[32 << 20])));

        Assert.That(error.Message, Does.Contain($"The {format} data grows more than 200 times"));
    }

    [Test]
    public void A_window_beyond_the_limit_is_refused_before_it_takes_memory()
    {
        // A frame header alone: magic number, descriptor without content size, window of 2^28 (RFC 8878, section 3.1.1.1.2).
        byte[] header = [0x28, 0xB5, 0x2F, 0xFD, 0x00, (28 - 10) << 3];

        var error = Assert.Throws<InvalidDataException>(() => Unpack(".zst", [.. header, .. new byte[100]]));

        Assert.That(error.Message, Does.StartWith("The zstd data needs a window of more than 128 MiB in memory."));
        Assert.That(Unpack(".zst", CompressionSample.Zstd(Lines, windowLog: 27)), Is.EqualTo(Lines));
    }

    [TestCase(".zst")]
    [TestCase(".bz2")]
    public void A_corpus_reads_packed_files_and_names_those_that_are_cut(string ending)
    {
        using var folder = new TempFolder();
        var packed = Pack(ending, Lines);
        File.WriteAllBytes(folder[$"a.jsonl{ending}"], packed);
        File.WriteAllBytes(folder[$"b.jsonl{ending}"], packed[..(packed.Length / 2)]);
        var source = CorpusSample.JsonLines(folder[$"*{ending}"]);

        var (texts, report) = CorpusSample.Read(source);

        Assert.That(texts, Has.Length.EqualTo(20_000));
        Assert.That(report.Dropped[DropReason.UnreadableFile].Examples.Single(), Does.Match($@"b\.jsonl\{ending}: The \w+ data is damaged or cut off"));
        Assert.Throws<CorpusException>(() => CorpusSample.Read(source with { OnError = CorpusErrorAction.Fail }));
    }

    private static byte[] Pack(string ending, byte[] content)
    {
        return ending == ".zst" ? CompressionSample.Zstd(content) : CompressionSample.Bzip2(content);
    }

    private static bool IsDamagedOr(string ending, byte[] content, byte[] packed)
    {
        try
        {
            return Unpack(ending, packed).SequenceEqual(content);
        }
        catch (InvalidDataException)
        {
            return true;
        }
    }

    private static byte[] Unpack(string ending, byte[] packed)
    {
        using var stream = Packing.Of(ending)!.Unpack(new MemoryStream(packed));
        using var content = new MemoryStream();
        stream.CopyTo(content);
        return content.ToArray();
    }
}
