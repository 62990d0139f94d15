using System.Text.Json;
using Granary.Core;
using Granary.Testing;

namespace Granary.Pipelines.Corpus.Tests;

public sealed class CorpusStageTests
{
    [Test]
    public void The_stage_writes_a_manifest_and_the_held_out_documents()
    {
        using var folder = new TempFolder();
        var config = NewCorpus(folder);
        var reader = CorpusSample.ReaderOf(config);

        var (manifest, wasSkipped) = CorpusStage.Run(folder["stage"], config, reader);

        var heldOut = File.ReadLines(folder["stage", CorpusStage.HeldOutFileName]).Select(line => JsonDocument.Parse(line).RootElement).ToArray();
        var all = reader.Read(new CorpusTally()).ToArray();
        Assert.That(wasSkipped, Is.False);
        Assert.That(heldOut.Select(line => line.GetProperty("text").GetString()), Is.EqualTo(all.Where(one => one.IsHeldOut).Select(CorpusSample.TextOf)));
        Assert.That(heldOut[0].GetProperty("source").GetString(), Is.EqualTo("a"));
        Assert.That(heldOut[0].GetProperty("id").GetString(), Is.EqualTo(all.First(one => one.IsHeldOut).Id));
        Assert.That(reader.ReadTraining(manifest).Select(one => one.Hash), Is.EqualTo(all.Where(one => !one.IsHeldOut).Select(one => one.Hash)));
        Assert.That(manifest.Report.Documents, Is.EqualTo(all.Length));
        Assert.That(manifest.Report.HeldOutDocuments, Is.EqualTo(heldOut.Length));
    }

    [Test]
    public void The_stage_is_skipped_until_a_file_or_the_configuration_changes()
    {
        using var folder = new TempFolder();
        var config = NewCorpus(folder);
        var first = CorpusStage.Run(folder["stage"], config, CorpusSample.ReaderOf(config));
        var again = CorpusStage.Run(folder["stage"], config, CorpusSample.ReaderOf(config));
        File.AppendAllText(folder["a.txt"], "one more\n");
        var changed = CorpusStage.Run(folder["stage"], config, CorpusSample.ReaderOf(config));
        var other = config with { Deduplicate = Deduplication.None };
        var configured = CorpusStage.Run(folder["stage"], other, CorpusSample.ReaderOf(other));

        Assert.That(new[] { first.WasSkipped, again.WasSkipped, changed.WasSkipped, configured.WasSkipped }, Is.EqualTo(new[] { false, true, false, false }));
        Assert.That(again.Manifest.ContentHash(), Is.EqualTo(first.Manifest.ContentHash()));
        Assert.That(changed.Manifest.ContentHash(), Is.Not.EqualTo(first.Manifest.ContentHash()));
    }

    [TestCase(null, "There is no manifest", Description = "no file")]
    [TestCase("{", "cannot be read", Description = "half a file")]
    [TestCase("{\"version\": 9, \"configuration_hash\": \"\", \"files\": [], \"report\": {\"sources\": []}}", "another version", Description = "another version")]
    public void A_manifest_that_cannot_be_used_is_named(string? content, string expected)
    {
        using var folder = new TempFolder();
        if (content is not null)
        {
            File.WriteAllText(folder["corpus.json"], content);
        }

        Assert.That(Assert.Throws<CorpusException>(() => CorpusManifest.Load(folder["corpus.json"])).Message, Does.Contain(expected));
    }

    private static CorpusConfig NewCorpus(TempFolder folder)
    {
        File.WriteAllText(folder["a.txt"], string.Concat(Enumerable.Range(0, 500).Select(i => $"document {i}: \"quoted\" \\ é \n\n")));
        return new CorpusConfig { Sources = [new TextSourceConfig { Name = "a", Paths = [folder["*.txt"]], Split = TextSplit.BlankLine }] };
    }
}
