using System.Runtime.InteropServices;
using System.Text;

namespace Granary.Data.Tokenization.Tests;

public sealed class WordCacheTests
{
    [TestCase(true, Description = "read as sixteen bytes")]
    [TestCase(false, Description = "read byte by byte at the text's end")]
    public void Words_are_told_apart_by_bytes_and_length(bool readable)
    {
        var words = new[] { "a", "a\0", "\0", "\0\0", "abcdefgh", "abcdefg", "abcdefghijklmno", "abcdefghijklmn\0" };

        var keys = words.Select(word => KeyOf(word, readable)).ToArray();

        Assert.That(keys.Distinct().Count(), Is.EqualTo(words.Length));
        Assert.That(keys, Is.EqualTo(words.Select(word => KeyOf(word, !readable))));
    }

    [Test]
    public void A_line_keeps_its_two_latest_words()
    {
        var cache = new WordCache(lineBits: 0);
        var ids = new int[4];

        cache.Add(KeyOf("one", true), [1]);
        cache.Add(KeyOf("two", true), [2, 22, 222, 2222]);
        cache.Add(KeyOf("three", true), [3, 33]);

        Assert.That(cache.TryCopy(KeyOf("one", true), ref ids[0]), Is.Zero);
        Assert.That(cache.TryCopy(KeyOf("three", true), ref ids[0]), Is.EqualTo(2));
        Assert.That(ids[..2], Is.EqualTo(new[] { 3, 33 }));
        Assert.That(cache.TryCopy(KeyOf("two", true), ref ids[0]), Is.EqualTo(4));
        Assert.That(ids, Is.EqualTo(new[] { 2, 22, 222, 2222 }));
    }

    private static WordKey KeyOf(string word, bool readable)
    {
        var bytes = Encoding.UTF8.GetBytes(word);
        var text = new byte[bytes.Length + (readable ? 16 : 0)];
        Array.Fill(text, (byte)'#');
        bytes.CopyTo(text, 0);
        return WordCache.KeyOf(ref MemoryMarshal.GetArrayDataReference(text), bytes.Length, text.Length);
    }
}
