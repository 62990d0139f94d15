using Granary.Core.Randomness;
using Granary.Data.Shards;

namespace Granary.Pipelines.Decomposition.Packing.Tests;

public sealed class DocumentShuffleTests
{
    [Test]
    public void Every_document_comes_out_once_in_another_order()
    {
        var documents = Documents(200);

        var shuffled = Shuffle(seed: 1, documents);

        Assert.That(shuffled.Select(document => document.Hash), Is.EquivalentTo(documents.Select(document => document.Hash)));
        Assert.That(shuffled.SequenceEqual(documents), Is.False);
    }

    [Test]
    public void Every_place_of_a_document_is_as_likely()
    {
        var places = new int[5];
        for (var seed = 0; seed < 2_000; seed++)
        {
            var documents = Documents(5);
            places[Shuffle(seed, documents).IndexOf(documents[0])]++;
        }

        // 400 each, five standard deviations of 18.
        Assert.That(places, Is.All.InRange(310, 490));
    }

    private static List<TokenizedDocument> Shuffle(long seed, List<TokenizedDocument> documents)
    {
        var shuffle = new DocumentShuffle(RandomKey.FromSeed(seed));
        documents.ForEach(shuffle.Add);
        return [.. shuffle.Drain()];
    }

    private static List<TokenizedDocument> Documents(int count)
    {
        return [.. Enumerable.Range(0, count).Select(number => new TokenizedDocument(DocumentHash.Of($"{number}"), 0, new int[number % 7]))];
    }
}
