using Granary.Core.Randomness;

namespace Granary.Data.Retrieval.Tests;

public sealed class DocumentFillerTests
{
    private static readonly RandomKey Key = RandomKey.FromSeed(4);

    [Test]
    public void Documents_are_cut_into_sentences_with_single_spaces()
    {
        var filler = new DocumentFiller(["One  two. Three\r\nfour. \n\n"u8.ToArray(), "five"u8.ToArray()]);

        var sentences = Enumerable.Range(0, filler.Count).Select(index => filler.SentenceAt(Key, index));

        Assert.That(sentences, Is.EquivalentTo(new[] { "One two.", "Three", "four.", "five" }));
    }

    [Test]
    public void A_stream_goes_on_where_documents_do_and_begins_again_at_their_end()
    {
        var filler = new DocumentFiller(["0. 1. 2. 3. 4."u8.ToArray()]);

        var sentences = Enumerable.Range(0, 10).Select(index => filler.SentenceAt(Key, index)).ToList();

        Assert.That(sentences.Zip(sentences.Skip(1)), Has.All.Matches<(string First, string Second)>(pair => (pair.First[0] - '0' + 1) % 5 == pair.Second[0] - '0'));
        Assert.That(Enumerable.Range(0, 50).Select(stream => filler.SentenceAt(Key.Fold(stream), 0)).Distinct().Count(), Is.EqualTo(5));
    }

    [Test]
    public void Documents_without_a_sentence_are_refused()
    {
        Assert.That(() => new DocumentFiller([new byte[1000].Select(_ => (byte)'x').ToArray()]), Throws.ArgumentException.With.Message.Contains("300 characters"));
    }
}
