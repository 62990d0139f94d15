using Granary.Core.Randomness;
using Granary.Data.Shards;

namespace Granary.Pipelines.Decomposition.Packing.Tests;

public sealed class DocumentShuffleTests
{
    [TestCase(1, 1_000)]
    [TestCase(10, 1_000)]
    [TestCase(1_000, 35, Description = "bounded by tokens")]
    [TestCase(1_000, 1_000_000, Description = "all at once")]
    public void Every_document_comes_out_once_and_no_more_are_held_than_asked(int mostDocuments, long mostTokens)
    {
        var (documents, held, tokens) = (Documents(200), 0, 0L);
        var shuffle = new DocumentShuffle(RandomKey.FromSeed(1), mostDocuments, mostTokens);

        var shuffled = new List<TokenizedDocument>();
        foreach (var document in documents)
        {
            var pushedOut = shuffle.Add(document).ToList();
            (held, tokens) = (held + 1 - pushedOut.Count, tokens + document.Ids.Length - pushedOut.Sum(drawn => drawn.Ids.Length));
            Assert.That(held <= mostDocuments && tokens <= mostTokens, Is.True);
            shuffled.AddRange(pushedOut);
        }

        shuffled.AddRange(shuffle.Drain());
        Assert.That(shuffled.Select(document => document.Hash), Is.EquivalentTo(documents.Select(document => document.Hash)));
        Assert.That(shuffled.SequenceEqual(documents), Is.False);
    }

    [Test]
    public void Place_of_a_document_is_even_where_all_are_held()
    {
        var places = new int[5];
        for (var seed = 0; seed < 2_000; seed++)
        {
            var shuffle = new DocumentShuffle(RandomKey.FromSeed(seed), 5, 1_000_000);
            var documents = Documents(5);
            var shuffled = documents.SelectMany(shuffle.Add).Concat(shuffle.Drain()).ToList();
            places[shuffled.IndexOf(documents[0])]++;
        }

        // 400 each, five standard deviations of 18.
        Assert.That(places, Is.All.InRange(310, 490));
    }

    private static List<TokenizedDocument> Documents(int count)
    {
        return [.. Enumerable.Range(0, count).Select(number => new TokenizedDocument(DocumentHash.Of($"{number}"), 0, new int[number % 7]))];
    }
}
