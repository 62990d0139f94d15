using System.Text;

namespace Granary.Cli.Stages.Tests;

public sealed class XzReferenceTests
{
    [Test]
    public void Text_that_repeats_needs_little_and_random_bytes_need_eight_bits()
    {
        var repeated = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("granary ", 20_000)));
        if (XzReference.BitsPerByte([repeated]) is not { } bits)
        {
            Assert.Ignore("xz is not installed.");
            return;
        }

        var key = Core.Randomness.RandomKey.FromSeed(1);
        var random = Enumerable.Range(0, 20_000).Select(index => (byte)key.BelowAt(index, 256)).ToArray();

        Assert.That(bits, Is.GreaterThan(0).And.LessThan(0.1));
        Assert.That(XzReference.BitsPerByte([random]), Is.InRange(8.0, 8.2));
        Assert.That(XzReference.BitsPerByte([random, random]), Is.LessThan(4.3), "all texts are one file");
    }
}
