using System.Text;
using Granary.Core.Randomness;

namespace Granary.Pipelines.Corpus.NearDuplicates.Tests;

public sealed class MinHasherTests
{
    private static readonly NearDuplicateConfig Config = new();

    [TestCase(0.5, Description = "half of the runs")]
    [TestCase(0.7, Description = "where the law is steep")]
    [TestCase(0.8, Description = "most of the runs")]
    [TestCase(0.95, Description = "nearly all")]
    public void Pairs_share_a_band_as_often_as_the_law_of_bands_says(double similarity)
    {
        const int Pairs = 1_500;
        const int Union = 200;
        var hasher = new MinHasher(Config);
        var (one, other) = (new uint[Config.Hashes], new uint[Config.Hashes]);
        var (shared, agreeing) = (0, 0L);
        for (var pair = 0; pair < Pairs; pair++)
        {
            var key = RandomKey.FromSeed(pair).Use("law");
            var runs = Enumerable.Range(0, Union).Select(i => key.UInt64At(i)).ToArray();
            var common = (int)(similarity * Union);
            var alone = (Union - common) / 2;

            hasher.Sign(runs.AsSpan(0, common + alone), one);
            hasher.Sign([.. runs[..common], .. runs[(common + alone)..]], other);

            shared += Enumerable.Range(0, Config.Bands).Any(band => hasher.KeyOf(one, band) == hasher.KeyOf(other, band)) ? 1 : 0;
            agreeing += one.Zip(other).Count(hashes => hashes.First == hashes.Second);
        }

        // Four standard deviations of a share of 1,500 draws, and of the mean of their 112 hashes.
        var expected = 1 - Math.Pow(1 - Math.Pow(similarity, Config.Rows), Config.Bands);
        Assert.That((double)shared / Pairs, Is.EqualTo(expected).Within(4 * Math.Sqrt(expected * (1 - expected) / Pairs) + 0.001));
        Assert.That((double)agreeing / Pairs / Config.Hashes, Is.EqualTo(similarity).Within(4 * Math.Sqrt(similarity * (1 - similarity) / Pairs / Config.Hashes) + 0.002));
    }

    [Test]
    public void A_signature_is_the_least_hash_of_each_function()
    {
        var config = new NearDuplicateConfig { Bands = 3, Rows = 3 };
        var hasher = new MinHasher(config);
        var runs = Enumerable.Range(0, 300).Select(i => RandomKey.FromSeed(i).UInt64At(0)).ToArray();
        var signature = new uint[config.Hashes];
        hasher.Sign(runs, signature);

        // Signing run by run gives each function's value of that run alone.
        var least = Enumerable.Repeat(uint.MaxValue, config.Hashes).ToArray();
        var alone = new uint[config.Hashes];
        foreach (var run in runs)
        {
            hasher.Sign([run], alone);
            least = [.. least.Zip(alone, Math.Min)];
        }

        Assert.That(signature, Is.EqualTo(least));
    }

    [Test]
    public void A_text_estimates_the_exact_overlap_of_its_runs()
    {
        var hasher = new MinHasher(Config);
        var words = Enumerable.Range(0, 400).Select(i => $"word{RandomKey.FromSeed(i).BelowAt(0, 1_000)}").ToArray();
        var one = string.Join(' ', words);
        words[57] = words[203] = words[311] = "other";
        var other = string.Join(' ', words);

        var (first, second) = (SignatureOf(hasher, one), SignatureOf(hasher, other));

        // One standard deviation of 112 draws at 0.93 is 0.024.
        var agreeing = first.Zip(second).Count(hashes => hashes.First == hashes.Second) / (double)Config.Hashes;
        Assert.That(agreeing, Is.EqualTo(NaiveShingles.Similarity(one, other, Config.Words)).Within(0.1));
    }

    [Test]
    public void Signatures_are_the_same_on_every_machine()
    {
        var signature = SignatureOf(new MinHasher(new NearDuplicateConfig { Bands = 1, Rows = 3 }), "the quick brown fox jumps over the lazy dog");

        // From tests/golden/near-duplicates/make_signature.py.
        Assert.That(signature, Is.EqualTo(new uint[] { 853_132_246, 296_758_726, 448_723_938 }));
    }

    [Test]
    public void The_seed_chooses_the_functions()
    {
        var text = "the quick brown fox jumps over the lazy dog";

        Assert.That(SignatureOf(new MinHasher(Config with { Seed = 2 }), text), Is.Not.EqualTo(SignatureOf(new MinHasher(Config), text)));
    }

    [Test]
    public void A_text_without_words_has_no_signature()
    {
        Assert.That(new MinHasher(Config).Sign("..."u8, new uint[Config.Hashes]), Is.False);
    }

    private static uint[] SignatureOf(MinHasher hasher, string text)
    {
        var signature = new uint[hasher.Hashes];
        Assert.That(hasher.Sign(Encoding.UTF8.GetBytes(text), signature), Is.True);
        return signature;
    }
}
