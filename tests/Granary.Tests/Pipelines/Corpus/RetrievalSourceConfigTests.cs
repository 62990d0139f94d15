using Granary.Core;
using Granary.Core.Configuration;
using Granary.Data.Retrieval;

namespace Granary.Pipelines.Corpus.Tests;

public sealed class RetrievalSourceConfigTests
{
    [Test]
    public void A_source_is_read_from_yaml_with_its_world_and_shares()
    {
        const string yaml = """
            sources:
              - name: world
                type: retrieval
                documents: 7
                world: {seed: 3, values: digits}
                shares: {reversal: 0}
            """;

        var config = ConfigurationFile.Parse<CorpusConfig>(yaml, "run.yaml");

        var expected = new RetrievalSourceConfig { Name = "world", Documents = 7, World = new() { Seed = 3, Values = RetrievalValues.Digits }, Shares = new() { Reversal = 0 } };
        Assert.That(config.Sources, Is.EqualTo(new[] { expected }));
    }

    [Test]
    public void Paths_are_refused_because_there_is_no_file()
    {
        const string yaml = """
            sources:
              - {name: world, type: retrieval, paths: [a.txt]}
            """;

        Assert.That(() => ConfigurationFile.Parse<CorpusConfig>(yaml, "run.yaml"), Throws.InstanceOf<ConfigurationException>().With.Message.Contains("paths"));
    }

    [Test]
    public void Validation_reports_every_fault()
    {
        var errors = new ConfigurationErrors();
        var config = new RetrievalSourceConfig
        {
            Name = "world",
            Documents = 0,
            MinWords = 50,
            MaxWords = 49,
            Pairs = 17,
            Questions = 0,
            World = new() { Facts = 3 },
            Shares = new() { KeyValue = 0, MultiKey = 0, ContextReversal = 0, Reversal = 0 },
        };

        config.Validate("corpus.sources.0", errors);

        Assert.That(errors.Errors, Has.Count.EqualTo(6));
        Assert.That(errors.Errors, Has.Some.EqualTo("'corpus.sources.0.max_words' is '49' but must be from min_words (50) to 1000000."));
    }

    [TestCase(1, 1L)]
    [TestCase(2, 5_000L)]
    [TestCase(7, 1L << 40)]
    public void Documents_are_the_same_for_any_number_of_workers_and_parts(int workers, long partBytes)
    {
        var config = new RetrievalSourceConfig { Name = "world", Documents = 300 };

        var documents = Reader(config, workers, partBytes).Read(new CorpusTally()).ToList();

        var expected = Enumerable.Range(0, 300).Select(number => new RetrievalDocuments(config).TextOf(number));
        Assert.That(documents.Select(CorpusSample.TextOf), Is.EqualTo(expected));
        Assert.That(documents.Select(document => document.Line), Is.EqualTo(Enumerable.Range(1, 300)));
    }

    [Test]
    public void Training_reads_what_the_manifest_lists_again()
    {
        var reader = Reader(new RetrievalSourceConfig { Name = "world", Documents = 300 }, workers: 2, partBytes: 10_000);
        var tally = new CorpusTally();
        var first = reader.Read(tally).Where(document => !document.IsHeldOut).Select(CorpusSample.TextOf).ToList();

        var again = reader.ReadTraining(tally.Manifest).Select(CorpusSample.TextOf);

        Assert.That(again, Is.EqualTo(first));
        Assert.That(tally.Manifest.Files[0].Single().Sha256, Has.Length.EqualTo(64));
    }

    [Test]
    public void Documents_that_are_written_otherwise_than_at_first_are_refused()
    {
        var reader = Reader(new RetrievalSourceConfig { Name = "world", Documents = 30 }, workers: 1, partBytes: 10_000);
        var tally = new CorpusTally();
        _ = reader.Read(tally).Count();
        var file = tally.Manifest.Files[0].Single();

        var stale = tally.Manifest with { Files = [[file with { Sha256 = new string('0', 64) }]] };

        Assert.That(() => reader.ReadTraining(stale).Count(), Throws.InstanceOf<CorpusException>().With.Message.Contains("documents of 'world'"));
    }

    [Test]
    public void A_limit_ends_the_source()
    {
        var reader = Reader(new RetrievalSourceConfig { Name = "world", Documents = 300, Limit = 12 }, workers: 2, partBytes: 10_000);

        Assert.That(reader.Read(new CorpusTally()).Count(), Is.EqualTo(12));
    }

    private static CorpusReader Reader(RetrievalSourceConfig config, int workers, long partBytes)
    {
        return new CorpusReader(new CorpusConfig { Sources = [config] }, new PathPlaceholders(), TimeProvider.System, workers) { PartBytes = partBytes };
    }
}
