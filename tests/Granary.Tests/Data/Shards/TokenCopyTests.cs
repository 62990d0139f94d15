using System.Runtime.InteropServices;
using Granary.Core.Randomness;

namespace Granary.Data.Shards.Tests;

public sealed class TokenCopyTests
{
    [Test]
    public void Ids_survive_both_ways_at_every_length([Values(2, 4)] int bytesPerToken)
    {
        var vocabulary = bytesPerToken == 2 ? 65_536 : 200_000;
        var key = RandomKey.FromSeed(5);
        for (var length = 0; length < 70; length++)
        {
            var ids = Enumerable.Range(0, length).Select(i => i == 0 ? vocabulary - 1 : (int)key.BelowAt(i, vocabulary)).ToArray();
            var bytes = new byte[length * bytesPerToken];

            TokenCopy.Narrow(ids, bytes, bytesPerToken);

            var longs = new long[length];
            if (bytesPerToken == 2)
            {
                var ints = new int[length];
                TokenCopy.Widen(MemoryMarshal.Cast<byte, ushort>(bytes), ints);
                TokenCopy.Widen(MemoryMarshal.Cast<byte, ushort>(bytes), longs);
                Assert.That(ints, Is.EqualTo(ids));
            }
            else
            {
                TokenCopy.Widen(MemoryMarshal.Cast<byte, uint>(bytes), longs);
            }

            Assert.Multiple(() =>
            {
                Assert.That(TokenCopy.FirstOutside(ids, vocabulary), Is.EqualTo(-1));
                Assert.That(longs, Is.EqualTo(ids));
            });
        }
    }

    [Test]
    public void First_id_outside_the_vocabulary_is_found_wherever_it_is([Values(-1, 1_000, int.MinValue, int.MaxValue)] int id)
    {
        for (var place = 0; place < 40; place++)
        {
            var ids = Enumerable.Repeat(999, 40).ToArray();
            ids[place] = id;

            Assert.That(TokenCopy.FirstOutside(ids, 1_000), Is.EqualTo(place));
        }
    }
}
