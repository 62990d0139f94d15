namespace Granary.Data.Tokenization.Splitting.Tests;

/// <summary>Golden rows are splits of Hugging Face's tokenizers 0.23.2.</summary>
public sealed class SuperBpeSplitterTests
{
    [TestCase("a\U00020000b", "a\U00020000b", Description = "an astral letter")]
    [TestCase("aʰb", "aʰb", Description = "a modifier letter")]
    [TestCase("a々b", "a々b", Description = "an iteration mark is a letter")]
    [TestCase("a\U0001E4D0b", "a\U0001E4D0b", Description = "a letter of Unicode 15")]
    [TestCase("a\U0001E5D0b", "a\U0001E5D0b", Description = "a letter of Unicode 16")]
    [TestCase("\U0001D400\U0001D401", "\U0001D400\U0001D401", Description = "mathematical letters")]
    [TestCase("a\0b", "a\0b", Description = "a control leads a word")]
    [TestCase("a\u0085b", "a\u0085b", Description = "next line leads a word")]
    [TestCase("a\u180Eb", "a\u180Eb", Description = "the Mongolian vowel separator leads a word")]
    [TestCase("a\u200Bb", "a\u200Bb", Description = "zero width space leads a word")]
    [TestCase("a\u0378b", "a\u0378b", Description = "unassigned leads a word")]
    [TestCase("a\U00016EA0b", "a\U00016EA0b", Description = "a letter only of Unicode 17")]
    [TestCase("e\u0301x", "e\u0301x", Description = "a combining mark leads a word")]
    [TestCase("a½b", "a / ½ / b", Description = "a fraction is a number")]
    [TestCase("aⅧb", "a / Ⅷ / b", Description = "a Roman numeral is a number")]
    [TestCase("a\u001C\u001Cb", "a / \u001C\u001C / b", Description = "two separators are punctuation")]
    [TestCase("a\u00A0\u00A0b", "a\u00A0\u00A0b", Description = "the second no-break space leads a word")]
    [TestCase("a\u3000\u3000b", "a\u3000\u3000b", Description = "the second ideographic space leads a word")]
    [TestCase("x\t\ty", "x\t\ty", Description = "the second tab leads a word")]
    [TestCase("1\U0001D7CE2", "1\U0001D7CE2", Description = "an astral digit")]
    [TestCase("a'ſb", "a'ſb", Description = "the long s makes a contraction")]
    [TestCase("A'S b'ſ", "A'S␠b'ſ", Description = "capital contraction")]
    [TestCase("a'\u212Ab", "a'\u212Ab", Description = "the Kelvin sign makes none")]
    [TestCase("a\r\n\r\n  b ", "a\r\n\r\n / ␠ / ␠b / ␠", Description = "newlines, then spaces")]
    [TestCase("x   ", "x / ␠␠␠", Description = "spaces at the end")]
    [TestCase("a...b!!\n\nc", "a / ... / b / !!\n\n / c", Description = "punctuation takes its newlines")]
    [TestCase("1234567 89", "123 / 456 / 7 / ␠ / 89", Description = "numbers")]
    [TestCase("x \n y", "x / ␠ / \n␠y", Description = "mixed white space")]
    public void Splits_as_the_reference_implementation(string text, string expected)
    {
        Assert.That(new SuperBpeSplitter().Show(text), Is.EqualTo(expected));
    }
}
