using System.Text;

namespace Granary.Data.Tokenization.Unicode.Tests;

public sealed class CodePointsTests
{
    private static readonly int[] WhiteSpace =
    [
        9, 10, 11, 12, 13, 0x20, 0x85, 0xA0, 0x1680, 0x2000, 0x2001, 0x2002, 0x2003, 0x2004, 0x2005, 0x2006, 0x2007,
        0x2008, 0x2009, 0x200A, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000,
    ];

    [Test]
    public void White_space_is_the_25_characters_of_the_property()
    {
        var spaces = Enumerable.Range(0, 0x110000).Where(value => (CodePoints.ClassOf(value) & CodePointClass.Space) != 0);

        Assert.That(spaces, Is.EqualTo(WhiteSpace));
    }

    [Test]
    public void Letter_number_and_space_never_overlap()
    {
        const CodePointClass Kinds = CodePointClass.Letter | CodePointClass.Number | CodePointClass.Space;

        var overlapping = Enumerable.Range(0, 0x110000).Where(value => int.PopCount((int)(CodePoints.ClassOf(value) & Kinds)) > 1);

        Assert.That(overlapping, Is.Empty);
    }

    [Test]
    public void Every_scalar_decodes_from_utf8_forwards_and_backwards()
    {
        Span<byte> utf8 = stackalloc byte[4];
        for (var value = 0; value < 0x110000; value++)
        {
            if (!Rune.TryCreate(value, out var rune))
            {
                continue;
            }

            var size = rune.EncodeToUtf8(utf8);
            var decoded = CodePoints.Decode(utf8[..size], 0, out var decodedSize);
            var before = CodePoints.ClassBefore(utf8[..size], size, out var sizeBefore);
            if (decoded != value || decodedSize != size || before != CodePoints.ClassOf(value) || sizeBefore != size)
            {
                Assert.Fail($"U+{value:X4} decodes as U+{decoded:X4} of {decodedSize} bytes.");
            }
        }
    }
}
