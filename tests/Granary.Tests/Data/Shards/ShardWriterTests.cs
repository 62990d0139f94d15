using Granary.Core;
using Granary.Testing;

namespace Granary.Data.Shards.Tests;

public sealed class ShardWriterTests
{
    [Test]
    public void Same_rows_give_the_same_bytes_and_the_same_name()
    {
        using var folder = new TempFolder();

        var (one, other) = (ShardSamples.Write(folder["a"], 8, 0, 50), ShardSamples.Write(folder["b"], 8, 0, 50));

        Assert.Multiple(() =>
        {
            Assert.That(other, Is.EqualTo(one));
            Assert.That(File.ReadAllBytes(folder["b", other.File]), Is.EqualTo(File.ReadAllBytes(folder["a", one.File])));
        });
    }

    [Test]
    public void Nothing_is_visible_before_completion_and_nothing_is_left_without_it()
    {
        using var folder = new TempFolder();
        using (var writer = new ShardWriter(folder.Path, 4, ShardSamples.Identity()))
        {
            writer.Append(ShardSamples.Ids(4, 0), -1, default);

            Assert.That(Directory.GetFiles(folder.Path, "*.shard"), Is.Empty);
        }

        Assert.That(Directory.GetFiles(folder.Path), Is.Empty);
    }

    [TestCase(50_000, -1, Description = "the first id behind the vocabulary")]
    [TestCase(-2, -1)]
    [TestCase(0, 50_000, Description = "as the next token")]
    [TestCase(0, -2)]
    public void Id_outside_the_vocabulary_is_refused_by_document_and_place(int id, int next)
    {
        using var folder = new TempFolder();
        using var writer = new ShardWriter(folder.Path, 1, ShardSamples.Identity());
        var provenance = new RowProvenance(DocumentHash.Of("abc"), 1, 64, 2, RowFlags.None);

        Assert.That(
            () => writer.Append([0, id], next, provenance),
            Throws.TypeOf<CorpusException>().With.Message.Contains("ba7816bf8f01cfea414140de5dae2223").And.Message.Contains(next == -1 ? "token 65" : "token 66"));
    }

    [Test]
    public void Refused_row_leaves_the_shard_as_it_was()
    {
        using var folder = new TempFolder();
        var expected = ShardSamples.Write(folder["a"], 4, 0, 2);
        Directory.CreateDirectory(folder["b"]);
        using var writer = new ShardWriter(folder["b"], 4, ShardSamples.Identity());
        writer.Append(ShardSamples.Ids(4, 0), ShardSamples.Next(4, 0), ShardSamples.Provenance(4, 0));

        Assert.That(() => writer.Append([.. Enumerable.Repeat(1, 15), -1], 0, default), Throws.TypeOf<CorpusException>());
        writer.Append(ShardSamples.Ids(4, 1), ShardSamples.Next(4, 1), ShardSamples.Provenance(4, 1));

        Assert.That(writer.Complete(), Is.EqualTo(expected));
    }

    [Test]
    public void Two_bytes_an_id_hold_a_vocabulary_of_65536_and_no_more()
    {
        Assert.Multiple(() =>
        {
            Assert.That(ShardSamples.Identity(65_536).BytesPerToken(), Is.EqualTo(2));
            Assert.That(ShardSamples.Identity(65_537).BytesPerToken(), Is.EqualTo(4));
        });
    }
}
