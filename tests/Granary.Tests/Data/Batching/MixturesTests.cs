using Granary.Core.Configuration;
using Granary.Data.Shards.Tests;

namespace Granary.Data.Batching.Tests;

/// <summary>The mixtures of the paper's table 1, each the same number of tokens of the lengths it takes.</summary>
public sealed class MixturesTests
{
    [TestCase("equal", "64 128 256 512 1024 2048 4096 8192")]
    [TestCase("only-1k", "1024")]
    [TestCase("up-to-2k", "64 128 256 512 1024 2048")]
    [TestCase("mid", "256 512 1024 2048")]
    [TestCase("from-1k", "1024 2048 4096 8192")]
    [TestCase("from-256", "256 512 1024 2048 4096 8192")]
    public void Named_mixture_takes_equal_tokens_of_its_lengths(string name, string lengths)
    {
        var manifest = ShardSamples.Manifest([.. Enumerable.Range(6, 8).Select(exponent => (exponent, (1L << (20 - exponent)) * exponent))]);
        var config = new DatasetDecompositionConfig { TokensPerStep = 8_192, Mixture = name };

        var tokens = new BucketSampler(manifest, config, seed: 1).CountStepsByExponent().Where(entry => entry.Value > 0).ToDictionary(entry => 1 << entry.Key, entry => entry.Value);

        Assert.That(tokens.Keys.Order().Select(length => $"{length}"), Is.EqualTo(lengths.Split(' ')));
        Assert.That(tokens.Values.Distinct().Count(), Is.EqualTo(1), "a step has as many tokens whatever its length");
        Assert.That(tokens.Values.First() * 8_192, Is.EqualTo((1L << 20) * Math.Log2(tokens.Keys.Min())), "as many as the smallest bucket has");
    }

    [TestCase("natural", 482, 1018)]
    [TestCase("equal", 257, 1020)]
    [TestCase("only-1k", 1024, 512)]
    [TestCase("up-to-2k", 195, 336)]
    [TestCase("mid", 546, 480)]
    [TestCase("from-1k", 2185, 1920)]
    [TestCase("from-256", 780, 1344)]
    public void Averages_of_what_is_sampled_are_those_published(string name, double sequence, double context)
    {
        // Table 1's natural amounts, in units of 2^24 tokens instead of 2^30.
        int[] natural = [3, 6, 10, 17, 21, 17, 13, 9];
        var manifest = ShardSamples.Manifest([.. natural.Select((amount, i) => (6 + i, (long)amount << (18 - i)))]);

        var report = new BucketSampler(manifest, new DatasetDecompositionConfig { TokensPerStep = 65_536, Mixture = name }, seed: 1).Report;

        Assert.Multiple(() =>
        {
            Assert.That(report.AverageSequenceLength, Is.EqualTo(sequence).Within(0.6));
            Assert.That(report.AverageContextLength, Is.EqualTo(context).Within(0.6));
        });
    }

    [Test]
    public void Mixture_that_takes_no_bucket_of_the_set_is_refused_with_the_set_s_lengths()
    {
        var config = new DatasetDecompositionConfig { TokensPerStep = 1_024, Mixture = "from-1k" };

        var thrown = Assert.Throws<ConfigurationException>(() => _ = new BucketSampler(ShardSamples.Manifest([(4, 1_003), (9, 31)]), config, seed: 1));

        Assert.That(thrown.Message, Does.Contain("'from-1k'").And.Contain("2^4, 2^9"));
    }

    [TestCase("1k-only")]
    [TestCase("<=2k")]
    [TestCase("From-256")]
    public void Other_spellings_are_refused(string name)
    {
        var errors = new ConfigurationErrors();

        new DatasetDecompositionConfig { Mixture = name }.Validate("batching", errors);

        Assert.That(errors.Errors, Has.Count.EqualTo(1).And.All.Contains("'from-256'"));
    }
}
