using System.Text;
using Granary.Core.Randomness;

namespace Granary.Pipelines.Corpus.NearDuplicates.Tests;

public sealed class DocumentSignerTests
{
    private static readonly NearDuplicateConfig Config = new();

    [TestCase(1)]
    [TestCase(2)]
    [TestCase(4)]
    public void Signatures_are_those_of_one_hasher_in_the_order_of_the_documents(int workers)
    {
        var documents = Enumerable.Range(0, 1_000).Select(NewDocument).ToArray();
        var hasher = new MinHasher(Config);

        var signed = new DocumentSigner(Config, workers).Sign(documents, CancellationToken.None).ToArray();

        Assert.That(signed, Has.Length.EqualTo(documents.Length));
        for (var i = 0; i < signed.Length; i++)
        {
            var expected = new uint[Config.Hashes];
            Assert.That(signed[i].HasWords, Is.EqualTo(hasher.Sign(documents[i].Text.Span, expected)));
            Assert.That(signed[i].Source, Is.EqualTo(documents[i].Source));
            Assert.That(signed[i].Signature.Span.SequenceEqual(expected), Is.True);
        }
    }

    [Test]
    public void Signing_ends_when_it_is_cancelled()
    {
        using var stop = new CancellationTokenSource();
        var documents = Enumerable.Range(0, 10_000).Select(NewDocument);

        Assert.That(
            () =>
            {
                foreach (var _ in new DocumentSigner(Config, workers: 2).Sign(documents, stop.Token))
                {
                    stop.Cancel();
                }
            },
            Throws.InstanceOf<OperationCanceledException>());
    }

    // Of any length up to some kilobytes; every tenth without a word.
    private static Document NewDocument(int index)
    {
        var key = RandomKey.FromSeed(index).Use("documents");
        var words = Enumerable.Range(0, (int)key.BelowAt(0, 1_000)).Select(i => $"w{key.BelowAt(i + 1, 5_000)}");
        var text = index % 10 == 0 ? "..." : $"first {string.Join(' ', words)}";
        return new Document { Hash = (UInt128)index, Text = Encoding.UTF8.GetBytes(text), Source = index / 500, File = "file", Id = $"{index}" };
    }
}
