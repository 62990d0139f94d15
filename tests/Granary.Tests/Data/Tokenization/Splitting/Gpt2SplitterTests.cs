namespace Granary.Data.Tokenization.Splitting.Tests;

/// <summary>Golden rows are splits of Hugging Face's tokenizers 0.23.2.</summary>
public sealed class Gpt2SplitterTests
{
    private static readonly Gpt2Splitter Splitter = new();

    [TestCase("a\U00020000b", "a\U00020000b", Description = "an astral letter")]
    [TestCase("aʰb", "aʰb", Description = "a modifier letter")]
    [TestCase("a々b", "a々b", Description = "an iteration mark is a letter")]
    [TestCase("a\U0001E4D0b", "a\U0001E4D0b", Description = "a letter of Unicode 15")]
    [TestCase("a\U0001E5D0b", "a\U0001E5D0b", Description = "a letter of Unicode 16")]
    [TestCase("\U0001D400\U0001D401", "\U0001D400\U0001D401", Description = "mathematical letters")]
    [TestCase("a\0b", "a / \0 / b", Description = "a control")]
    [TestCase("a\u0085b", "a / \u0085 / b", Description = "next line")]
    [TestCase("a\u180Eb", "a / \u180E / b", Description = "the Mongolian vowel separator is no space")]
    [TestCase("a\u200Bb", "a / \u200B / b", Description = "zero width space is no space")]
    [TestCase("a\u0378b", "a / \u0378 / b", Description = "unassigned")]
    [TestCase("a\U00016EA0b", "a / \U00016EA0 / b", Description = "a letter only of Unicode 17")]
    [TestCase("e\u0301x", "e / \u0301 / x", Description = "a combining mark is no letter")]
    [TestCase("a½b", "a / ½ / b", Description = "a fraction is a number")]
    [TestCase("aⅧb", "a / Ⅷ / b", Description = "a Roman numeral is a number")]
    [TestCase("a\u001C\u001Cb", "a / \u001C\u001C / b", Description = "separators are no spaces")]
    [TestCase("a\u00A0\u00A0b", "a / \u00A0 / \u00A0 / b", Description = "only the space itself joins what follows")]
    [TestCase("x\t\ty", "x / \t / \t / y", Description = "nor do tabs")]
    [TestCase("1\U0001D7CE2", "1\U0001D7CE2", Description = "an astral digit")]
    [TestCase("a'ſb", "a / ' / ſb", Description = "contractions are case-sensitive")]
    [TestCase("A'S b'ſ", "A / ' / S / ␠b / ' / ſ", Description = "capital contraction")]
    [TestCase("a'\u212Ab", "a / ' / \u212Ab", Description = "the Kelvin sign is a letter")]
    [TestCase("a\r\n\r\n  b ", "a / \r\n\r\n␠ / ␠b / ␠", Description = "a run of white space leaves its last character")]
    [TestCase("x   ", "x / ␠␠␠", Description = "unless the text ends")]
    [TestCase("a...b!!\n\nc", "a / ... / b / !! / \n / \n / c", Description = "punctuation and newlines")]
    [TestCase("1234567 89", "1234567 / ␠89", Description = "numbers of any length")]
    [TestCase("x \n y", "x / ␠\n / ␠y", Description = "mixed white space")]
    public void Splits_as_the_reference_implementation(string text, string expected)
    {
        Assert.That(Splitter.Show(text), Is.EqualTo(expected));
    }

    [TestCase("they're, it's 'sad' I'll'd we've'", Description = "contractions in a block of ASCII")]
    [TestCase(" '' 'tis 'll ''s s's's", Description = "apostrophes beside apostrophes and spaces")]
    public void Blocks_of_ASCII_split_as_single_words(string text)
    {
        var reference = new ReferenceSplitter(Splitter);

        // The tail keeps 64 bytes ahead, so that the block path decides at every shift.
        var tail = "\n" + new string('z', 80);
        for (var shift = 0; shift < 70; shift++)
        {
            var shifted = string.Concat(Enumerable.Repeat("ab ", shift)) + new string('c', shift % 5) + text + tail;

            Assert.That(Splitter.Words(shifted), Is.EqualTo(reference.Words(shifted)));
        }
    }
}
