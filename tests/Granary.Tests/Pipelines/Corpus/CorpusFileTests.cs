using Granary.Testing;

namespace Granary.Pipelines.Corpus.Tests;

public sealed class CorpusFileTests
{
    [Test]
    public void A_symbolic_link_is_the_file_it_leads_to()
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder["stored"], "one\n\ntwo\n");
        File.CreateSymbolicLink(folder["between"], "stored");
        File.CreateSymbolicLink(folder["linked.txt"], folder["between"]);

        var (texts, _) = CorpusSample.Read(CorpusSample.Text(folder["*.txt"]) with { Split = TextSplit.BlankLine });

        Assert.That(CorpusFile.Of(folder["linked.txt"]).Bytes, Is.EqualTo(9));
        Assert.That(texts, Has.Length.EqualTo(2));
    }

    [TestCase("absent", Description = "nothing there")]
    [TestCase("dangling", Description = "a link to nothing")]
    public void A_file_that_is_not_there_has_no_size(string name)
    {
        using var folder = new TempFolder();
        File.CreateSymbolicLink(folder["dangling"], "nowhere");

        Assert.That(CorpusFile.Of(folder[name]).Bytes, Is.EqualTo(-1));
    }
}
