using Granary.Core.Randomness;

namespace Granary.Data.Tokenization.Tests;

/// <summary>Text that meets the corners of splitting: runs of every kind, contractions, odd spaces, astral letters.</summary>
internal static class RandomText
{
    private static readonly string[] Pieces =
    [
        "a", "b", "the", "Hello", "WORLD", "iPhone", "x", "1", "23", "4567", "½", "Ⅷ", "٣", "\U0001D7CE", " ", " ", " ", "  ", "   ", "\t", "\n",
        "\r\n", "\n\n", "\u00A0", "\u3000", "\u2028", "\u0085", ".", ",", "...", "!!", "-", "(", "\"", "/", "_", "'", "'s", "'t", "'re", "'ve", "'m",
        "'ll", "'d", "'S", "'LL", "'ſ", "'l", "ſ", "K", "é", "ß", "ж", "日", "本語", "한", "\U00020000", "\U0001D400", "\U0001E5D0", "\U00016EA0",
        "ʰ", "ǅ", "\u0301", "\u200D", "\u200B", "\uFEFF", "\0", "\u001C", "😀", "<|endoftext|>", "internationalization", "==========", "        ",
    ];

    /// <summary>The text of a key, of up to <paramref name="most"/> pieces.</summary>
    internal static string Make(RandomKey key, int most)
    {
        var count = key.BelowAt(0, most) + 1;
        return string.Concat(Enumerable.Range(1, (int)count).Select(i => Pieces[key.BelowAt(i, Pieces.Length)]));
    }
}
