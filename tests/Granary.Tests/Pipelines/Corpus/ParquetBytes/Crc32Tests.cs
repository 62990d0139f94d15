using System.Text;
using Granary.Core.Randomness;
using Granary.Testing;

namespace Granary.Pipelines.Corpus.ParquetBytes.Tests;

public sealed class Crc32Tests
{
    [TestCase("", 0u)]
    [TestCase("123456789", 0xCBF43926u, Description = "the check value of the catalogue of CRC algorithms")]
    public void Checksum_of_known_texts(string text, uint expected)
    {
        Assert.That(Crc32.Append(0, Encoding.ASCII.GetBytes(text)), Is.EqualTo(expected));
    }

    [Test]
    public void Any_length_in_any_pieces_equals_a_bit_at_a_time()
    {
        var key = RandomKey.FromSeed(1);
        var bytes = Enumerable.Range(0, 300).Select(i => (byte)key.BelowAt(i, 256)).ToArray();

        for (var length = 0; length <= bytes.Length; length++)
        {
            var cut = (int)key.BelowAt(1_000 + length, length + 1);
            var pieces = Crc32.Append(Crc32.Append(0, bytes.AsSpan(0, cut)), bytes.AsSpan(cut, length - cut));

            Assert.That(pieces, Is.EqualTo(ParquetSample.Checksum(bytes.AsSpan(0, length))), $"{length} bytes, cut at {cut}");
        }
    }
}
