using System.Text;

namespace Granary.Data.Tokenization.Tests;

public sealed class LongWordCacheTests
{
    [Test]
    public void A_full_cache_forgets_and_never_mixes_words_up()
    {
        var cache = new LongWordCache();
        for (var i = 0; i < 100_000; i++)
        {
            var word = Encoding.UTF8.GetBytes($"a-rather-long-word-{i % 50_000}");
            var hash = LongWordCache.HashOf(word);
            var known = cache.Find(word, hash);
            if (known.IsEmpty)
            {
                cache.Add(word, hash, [i % 50_000, 7]);
                known = cache.Find(word, hash);
            }

            Assert.That(known.ToArray(), Is.EqualTo(new[] { i % 50_000, 7 }));
        }
    }
}
