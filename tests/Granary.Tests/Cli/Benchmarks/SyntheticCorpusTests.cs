using Granary.Core.Randomness;

namespace Granary.Cli.Benchmarks.Tests;

public sealed class SyntheticCorpusTests
{
    [Test]
    public void Lengths_are_spread_as_those_of_web_pages()
    {
        var lengths = Enumerable.Range(0, 200_000).Select(document => SyntheticCorpus.LengthOf(RandomKey.FromSeed(1), document)).Order().ToList();

        // Lognormal: the median, and the mean exp(1.25^2 / 2) times it.
        Assert.That(lengths[lengths.Count / 2], Is.EqualTo(270).Within(5));
        Assert.That(lengths.Average(), Is.EqualTo(590).Within(15));
    }

    [Test]
    public void Documents_hold_the_tokens_asked_for_and_end_with_an_end_of_text()
    {
        var documents = SyntheticCorpus.Documents(RandomKey.FromSeed(1), tokens: 10_000, vocabulary: 50).ToList();

        Assert.That(documents.SkipLast(1).Sum(document => document.Ids.Length), Is.LessThan(10_000));
        Assert.That(documents.Sum(document => document.Ids.Length), Is.GreaterThanOrEqualTo(10_000));
        Assert.That(documents.Select(document => document.Ids.Span[^1]), Is.All.EqualTo(SyntheticCorpus.EndOfText));
        Assert.That(documents.SelectMany(document => document.Ids[..^1].ToArray()), Is.All.InRange(1, 49));
    }
}
