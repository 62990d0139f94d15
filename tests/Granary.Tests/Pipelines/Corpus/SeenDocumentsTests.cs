using Granary.Core.Randomness;
using Granary.Testing;

namespace Granary.Pipelines.Corpus.Tests;

public sealed class SeenDocumentsTests
{
    [TestCase(1, Description = "every document is in a file")]
    [TestCase(2)]
    [TestCase(7)]
    [TestCase(600, Description = "a block and a bit more")]
    [TestCase(1_000_000, Description = "all are in memory")]
    public void Decisions_are_those_of_a_set_whatever_fits_in_memory(int capacity)
    {
        using var folder = new TempFolder();
        using var seen = new SeenDocuments(capacity, folder.Path);
        var expected = new HashSet<UInt128>();
        foreach (var hash in Hashes(count: capacity < 10 ? 2_000 : 20_000, distinct: 5_000))
        {
            Assert.That(seen.Add(hash), Is.EqualTo(expected.Add(hash)));
        }
    }

    [Test]
    public void The_least_and_the_greatest_fingerprints_are_told_apart()
    {
        using var folder = new TempFolder();
        using var seen = new SeenDocuments(2, folder.Path);
        UInt128[] hashes = [UInt128.MaxValue, new(1, 0), new(2, 0), new(ulong.MaxValue - 1, 7), new(1UL << 63, 0), new((1UL << 56) - 1, 0), new(1UL << 56, 0)];

        Assert.That(hashes.Select(seen.Add), Is.All.True);
        Assert.That(hashes.Select(seen.Add), Is.All.False);
        Assert.That(seen.Add(new UInt128(0, 1)), Is.False, "0 has the fingerprint of 1");
    }

    [Test]
    public void Files_have_no_name_and_are_gone_with_the_set()
    {
        using var folder = new TempFolder();
        using var seen = new SeenDocuments(10, folder.Path);
        foreach (var hash in Hashes(count: 1_000, distinct: 1_000))
        {
            seen.Add(hash);
        }

        Assert.That(Directory.EnumerateFileSystemEntries(folder.Path), Is.Empty);
    }

    [TestCase(1 << 20, 98_304, Description = "a power of two: three quarters of its slots")]
    [TestCase((1 << 21) - 1, 98_304, Description = "as good as the power of two below")]
    [TestCase(256 << 20, 25_165_824, Description = "the default")]
    public void Memory_is_counted_in_slots(long bytes, long expected)
    {
        Assert.That(SeenDocuments.CapacityOf(bytes), Is.EqualTo(expected));
    }

    [Test]
    public void Memory_stays_below_its_measure()
    {
        using var folder = new TempFolder();
        const int Bytes = 1 << 20;
        var before = GC.GetTotalMemory(forceFullCollection: true);
        using var seen = new SeenDocuments(SeenDocuments.CapacityOf(Bytes), folder.Path);
        for (var i = 0UL; i < 1_000_000; i++)
        {
            seen.Add(new UInt128(i * 0x9E3779B97F4A7C15, 0));
        }

        Assert.That(GC.GetTotalMemory(forceFullCollection: true) - before, Is.LessThan(Bytes * 3 / 2));
    }

    [Test]
    [Category("Slow")]
    public void More_documents_than_fit_take_no_more_memory_at_the_default_size()
    {
        using var folder = new TempFolder();
        var config = new CorpusConfig { Sources = [] };
        var before = GC.GetTotalMemory(forceFullCollection: true);
        using var seen = new SeenDocuments(SeenDocuments.CapacityOf(config.DeduplicationBytes), folder.Path);
        for (var i = 0UL; i < 30_000_000; i++)
        {
            seen.Add(new UInt128(i * 0x9E3779B97F4A7C15, 0));
        }

        Assert.That(GC.GetTotalMemory(forceFullCollection: true) - before, Is.LessThan(config.DeduplicationBytes * 5 / 4 + (8 << 20)));
        Assert.That(seen.Add(new UInt128(unchecked(12_345_678UL * 0x9E3779B97F4A7C15), 0)), Is.False);
    }

    private static IEnumerable<UInt128> Hashes(int count, long distinct)
    {
        var key = RandomKey.FromSeed(17);
        for (var i = 0; i < count; i++)
        {
            yield return DocumentSink.HashOf(BitConverter.GetBytes(key.BelowAt(i, distinct)));
        }
    }
}
