namespace Granary.Data.Tokenization.Splitting.Tests;

/// <summary>Golden rows are splits of Hugging Face's tokenizers 0.23.2.</summary>
public sealed class Qwen35SplitterTests
{
    [TestCase("HelloWorld HTTPServer iPhone", "HelloWorld / ␠HTTPServer / ␠iPhone", Description = "capitals begin words")]
    [TestCase("it's IT'S it'sabc it'SHello", "it / 's / ␠IT / 'S / ␠it / 's / abc / ␠it / 'S / Hello", Description = "contractions")]
    [TestCase("'s 1's's", "'s / ␠ / 1 / 's / 's", Description = "contractions without a word")]
    [TestCase("a'ſb \u0301A A\u0301b ǅab ʰA", "a / 'ſ / b / ␠\u0301A / ␠A\u0301b / ␠ǅab / ␠ʰA", Description = "the long s, marks and letters without case")]
    [TestCase("path/to//\n/x ./\n\n/", "path / /to / //\n / /x / ␠./\n\n / /", Description = "slashes and newlines after punctuation")]
    [TestCase("日本語Text ABC日 DEFg", "日本語Text / ␠ABC日 / ␠DEFg", Description = "letters without case")]
    [TestCase("1234 x\n \n y.\n  \n z", "1 / 2 / 3 / 4 / ␠x / \n␠\n / ␠y / .\n / ␠␠\n / ␠z", Description = "numbers and newlines")]
    [TestCase("e\u0301x हिन्दी भाषा a\u0301\u0301.B", "e\u0301x / ␠हिन्दी / ␠भाषा / ␠a\u0301\u0301 / .B", Description = "combining marks")]
    [TestCase("x  \t Y' 'll", "x / ␠␠\t / ␠Y / ' / ␠' / ll", Description = "white space and apostrophes")]
    public void Splits_as_the_reference_implementation(string text, string expected)
    {
        Assert.That(new Qwen35Splitter().Show(text), Is.EqualTo(expected));
    }
}
