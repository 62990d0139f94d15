using System.Text;
using System.Text.Json;
using Granary.Data.Tokenization.Tests;

namespace Granary.Data.Tokenization.Unicode.Tests;

public sealed class CanonicalCompositionTests
{
    [TestCase("plain ASCII", "plain ASCII", Description = "nothing to do")]
    [TestCase("über", "über", Description = "below the first mark")]
    [TestCase("u\u0308ber a\u030A", "\u00FCber \u00E5", Description = "letters and marks compose")]
    [TestCase("a\u0308\u0323", "\u1EA1\u0308", Description = "marks are put in order first")]
    [TestCase("\u212B\u2126", "\u00C5\u03A9", Description = "singletons are replaced")]
    [TestCase("\u0958", "\u0915\u093C", Description = "an excluded composition stays apart")]
    [TestCase("\u1112\u1161\u11ab", "\uD55C", Description = "Hangul composes by rule")]
    [TestCase("\uD558\u11ab", "\uD55C", Description = "a syllable takes its tail")]
    [TestCase("\u0301", "\u0301", Description = "a mark without a letter")]
    [TestCase("\u0315\u1DF6", "\u0315\u1DF6", Description = "a mark of Unicode 10 does not move")]
    [TestCase("\U00011935\U00011930", "\U00011935\U00011930", Description = "a pair of Unicode 13 does not compose")]
    public void Text_becomes_normal_by_Unicode_9(string text, string expected)
    {
        Assert.That(Normalize(text), Is.EqualTo(expected));
    }

    [Test]
    public void Random_marks_are_normalized_as_by_the_reference_implementation()
    {
        using var golden = JsonDocument.Parse(File.ReadAllBytes(GoldenIds.PathOf("nfc.json")));
        foreach (var row in golden.RootElement.GetProperty("cases").EnumerateArray())
        {
            var text = row.GetProperty("text").GetBytesFromBase64();

            Assert.That(CanonicalComposition.Normalize(text).ToArray(), Is.EqualTo(row.GetProperty("normal").GetBytesFromBase64()), Convert.ToHexString(text));
        }
    }

    [Test]
    public void Normal_text_stays_as_it_is()
    {
        using var golden = JsonDocument.Parse(File.ReadAllBytes(GoldenIds.PathOf("nfc.json")));
        foreach (var row in golden.RootElement.GetProperty("cases").EnumerateArray())
        {
            var normal = row.GetProperty("normal").GetBytesFromBase64();

            Assert.That(CanonicalComposition.Normalize(normal).ToArray(), Is.EqualTo(normal));
        }
    }

    private static string Normalize(string text)
    {
        return Encoding.UTF8.GetString(CanonicalComposition.Normalize(Encoding.UTF8.GetBytes(text)));
    }
}
