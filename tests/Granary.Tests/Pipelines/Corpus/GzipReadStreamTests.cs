using System.Text;
using Granary.Core;
using Granary.Testing;

namespace Granary.Pipelines.Corpus.Tests;

public sealed class GzipReadStreamTests
{
    private static readonly byte[] Lines = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, 20_000).Select(i => $"{{\"text\":\"line {i * 7919 % 1_000_003}\"}}\n")));

    [Test]
    public void Whole_files_of_one_or_more_members_are_unpacked()
    {
        var half = Lines.Length / 2;

        Assert.That(Unpack(CorpusSample.Gzip(Lines)), Is.EqualTo(Lines));
        Assert.That(Unpack([.. CorpusSample.Gzip(Lines[..half]), .. CorpusSample.Gzip([]), .. CorpusSample.Gzip(Lines[half..])]), Is.EqualTo(Lines));
        Assert.That(Unpack(CorpusSample.Gzip([])), Is.Empty);
    }

    [Test]
    public void Every_cut_of_a_small_file_is_noticed_and_every_flipped_bit_that_matters()
    {
        var content = "{\"text\":\"a small file, packed\"}\n"u8.ToArray();
        var packed = CorpusSample.Gzip(content);
        for (var length = 1; length < packed.Length; length++)
        {
            Assert.Throws<InvalidDataException>(() => Unpack(packed[..length]), $"cut to {length} of {packed.Length} bytes");
        }

        // Behind the ten bytes of the header; a few bits fill up the last byte of the data and mean nothing.
        for (var bit = 8 * 10; bit < 8 * packed.Length; bit++)
        {
            var flipped = packed.ToArray();
            flipped[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.That(IsDamagedOr(content, flipped), Is.True, $"bit {bit} flipped");
        }
    }

    [TestCase(1, Description = "text that packs well")]
    [TestCase(251, Description = "text that packs badly")]
    public void Files_of_any_length_about_a_buffer_are_whole(int step)
    {
        var content = new byte[(1 << 17) + 40];
        for (var i = 0; i < content.Length; i++)
        {
            content[i] = (byte)(i * (long)i * step >> 7);
        }

        foreach (var buffer in new[] { 1 << 13, 1 << 16, 1 << 17 })
        {
            for (var length = buffer - 20; length <= buffer + 20; length++)
            {
                Assert.That(Unpack(CorpusSample.Gzip(content[..length])), Has.Length.EqualTo(length));
            }
        }
    }

    [Test]
    public void A_cut_file_gives_nothing_but_its_own_beginning()
    {
        var packed = CorpusSample.Gzip(Lines);
        for (var length = 1; length < packed.Length; length += 997)
        {
            using var stream = new GzipReadStream(new MemoryStream(packed[..length]));
            using var content = new MemoryStream();

            Assert.Throws<InvalidDataException>(() => stream.CopyTo(content));
            Assert.That(Lines.AsSpan().StartsWith(content.ToArray()), Is.True, $"cut to {length} bytes");
        }
    }

    [Test]
    public void What_follows_the_packed_data_is_noticed()
    {
        Assert.Throws<InvalidDataException>(() => Unpack([.. CorpusSample.Gzip(Lines), .. "trailing garbage"u8]));
        Assert.Throws<InvalidDataException>(() => Unpack(Lines));
    }

    [Test]
    public void A_bomb_is_stopped()
    {
        var error = Assert.Throws<InvalidDataException>(() => Unpack(CorpusSample.Gzip(new byte[100 << 20])));

        Assert.That(error.Message, Does.Contain("grows more than 200 times"));
    }

    [Test]
    public void A_corpus_reads_packed_files_and_names_those_that_are_cut()
    {
        using var folder = new TempFolder();
        var packed = CorpusSample.Gzip(Lines);
        File.WriteAllBytes(folder["a.jsonl.gz"], packed);
        File.WriteAllBytes(folder["b.jsonl.gz"], packed[..(packed.Length / 2)]);
        var source = CorpusSample.JsonLines(folder["*.gz"]);

        var (texts, report) = CorpusSample.Read(source);

        Assert.That(texts, Has.Length.EqualTo(20_000));
        Assert.That(report.Dropped[DropReason.UnreadableFile].Examples.Single(), Does.Match(@"b\.jsonl\.gz: The gzip data is"));
        Assert.That(report.Dropped[DropReason.UnreadableFile].Bytes, Is.EqualTo(packed.Length / 2));
        Assert.Throws<CorpusException>(() => CorpusSample.Read(source with { OnError = CorpusErrorAction.Fail }));
        Assert.Throws<CorpusException>(() => CorpusSample.Read(source with { ErrorBudget = 0.01 }));
    }

    private static bool IsDamagedOr(byte[] content, byte[] packed)
    {
        try
        {
            return Unpack(packed).SequenceEqual(content);
        }
        catch (InvalidDataException)
        {
            return true;
        }
    }

    private static byte[] Unpack(byte[] packed)
    {
        using var stream = new GzipReadStream(new MemoryStream(packed));
        using var content = new MemoryStream();
        stream.CopyTo(content);
        return content.ToArray();
    }
}
