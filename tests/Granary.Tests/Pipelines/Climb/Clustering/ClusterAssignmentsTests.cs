using Granary.Core;
using Granary.Data.Shards;
using Granary.Testing;

namespace Granary.Pipelines.Climb.Clustering.Tests;

public sealed class ClusterAssignmentsTests
{
    [Test]
    public void Every_document_is_found_again_in_the_file()
    {
        using var folder = new TempFolder();
        var given = Enumerable.Range(0, 1_000).ToDictionary(i => DocumentHash.Of($"{i}"), i => (i % 8) - 1);
        var made = ClusterAssignments.Of(given.Select(item => (item.Key, item.Value)), clusterCount: 7);

        made.Save(folder["a.bin"]);
        var read = ClusterAssignments.Load(folder["a.bin"]);

        Assert.Multiple(() =>
        {
            Assert.That(read.All().ToDictionary(), Is.EquivalentTo(given));
            Assert.That(given.Keys.Select(document => read.TryFind(document, out var cluster) ? cluster : -9), Is.EqualTo(given.Values));
            Assert.That(read.TryFind(DocumentHash.Of("another"), out _), Is.False);
            Assert.That((read.Hash, read.Count, read.ClusterCount), Is.EqualTo((made.Hash, 1_000L, 7)));
        });
    }

    [Test]
    public void Order_of_the_documents_leaves_no_trace()
    {
        var given = Enumerable.Range(0, 50).Select(i => (DocumentHash.Of($"{i}"), i % 3)).ToList();

        Assert.That(ClusterAssignments.Of(given.AsEnumerable().Reverse(), 3).Hash, Is.EqualTo(ClusterAssignments.Of(given, 3).Hash));
    }

    [Test]
    public void Changed_byte_or_a_missing_one_is_refused([Values] bool isCut)
    {
        using var folder = new TempFolder();
        ClusterAssignments.Of([(DocumentHash.Of("a"), 0), (DocumentHash.Of("b"), 1)], 2).Save(folder["a.bin"]);
        var bytes = File.ReadAllBytes(folder["a.bin"]);
        bytes[30] ^= 1;
        File.WriteAllBytes(folder["a.bin"], isCut ? bytes[..^1] : bytes);

        Assert.That(() => ClusterAssignments.Load(folder["a.bin"]), Throws.TypeOf<CorpusException>().With.Message.Contains("damaged"));
    }

    [Test]
    public void Missing_file_is_one_sentence()
    {
        using var folder = new TempFolder();

        Assert.That(() => ClusterAssignments.Load(folder["none.bin"]), Throws.TypeOf<CorpusException>().With.Message.Contains("There are no assignments"));
    }
}
