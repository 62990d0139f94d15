using System.Text;
using Granary.Core.Randomness;

namespace Granary.Data.Shards.Tests;

/// <summary>Known answers from RFC 3720, appendix B.4, and the catalogue's check value for "123456789".</summary>
public sealed class Crc32CTests
{
    [Test]
    public void Known_answers()
    {
        var ascending = Enumerable.Range(0, 32).Select(value => (byte)value).ToArray();

        Assert.Multiple(() =>
        {
            Assert.That(Crc32C.Compute([]), Is.Zero);
            Assert.That(Crc32C.Compute(Encoding.ASCII.GetBytes("123456789")), Is.EqualTo(0xE3069283));
            Assert.That(Crc32C.Compute(new byte[32]), Is.EqualTo(0x8A9136AA));
            Assert.That(Crc32C.Compute([.. Enumerable.Repeat((byte)0xFF, 32)]), Is.EqualTo(0x62A8AB43));
            Assert.That(Crc32C.Compute(ascending), Is.EqualTo(0x46DD794E));
            Assert.That(Crc32C.ComputeByTable(ascending), Is.EqualTo(0x46DD794E));
        });
    }

    [Test]
    public void Instruction_equals_table_at_every_length_and_alignment()
    {
        var bytes = RandomBytes(60_000);
        int[] lengths = [.. Enumerable.Range(0, 1_700), 8_191, 8_192, 24_575, 24_576, 24_577, 49_152, 59_990];

        foreach (var length in lengths)
        {
            var part = bytes.AsSpan(length % 9, length);
            Assert.That(Crc32C.Compute(part), Is.EqualTo(Crc32C.ComputeByTable(part)), $"{length} bytes");
        }
    }

    [TestCase(0, 100)]
    [TestCase(100, 0)]
    [TestCase(1, 1)]
    [TestCase(4_096, 25_000)]
    [TestCase(25_000, 4_097)]
    public void Checksum_of_two_parts_is_that_of_the_whole(int first, int second)
    {
        var bytes = RandomBytes(first + second);

        var whole = Crc32C.Compute(bytes);

        var (left, right) = (Crc32C.Compute(bytes.AsSpan(0, first)), Crc32C.Compute(bytes.AsSpan(first)));
        Assert.Multiple(() =>
        {
            Assert.That(Crc32C.Combine(left, right, second), Is.EqualTo(whole));
            Assert.That(Crc32C.Append(left, bytes.AsSpan(first)), Is.EqualTo(whole));
        });
    }

    private static byte[] RandomBytes(int count)
    {
        var key = RandomKey.FromSeed(3).Use("bytes");
        return [.. Enumerable.Range(0, count).Select(i => (byte)key.UInt64At(i))];
    }
}
