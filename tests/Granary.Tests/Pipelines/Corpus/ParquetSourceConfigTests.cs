using Granary.Core.Configuration;

namespace Granary.Pipelines.Corpus.Tests;

public sealed class ParquetSourceConfigTests
{
    [Test]
    public void Yaml_chooses_it_by_its_type()
    {
        var config = ConfigurationFile.Parse<CorpusConfig>(
            "sources: [{name: web, type: parquet, paths: [\"*.parquet\"], text_field: \"messages[].content\", id_field: meta.id, where: \"score > 0.5\"}]", "run.yaml");

        Assert.That(config.Sources[0], Is.EqualTo(new ParquetSourceConfig
        {
            Name = "web",
            Paths = ((FileSourceConfig)config.Sources[0]).Paths,
            TextField = "messages[].content",
            IdField = "meta.id",
            Where = "score > 0.5",
        }));
    }

    [TestCase("", null, null, "corpus.text_field", Description = "no column")]
    [TestCase("a..b", null, null, "corpus.text_field", Description = "a field without a name")]
    [TestCase("[].a", null, null, "corpus.text_field", Description = "a list without a name")]
    [TestCase("text", "text", null, "corpus.id_field", Description = "the text for a name")]
    [TestCase("text", "ids[]", null, "corpus.id_field", Description = "several names")]
    [TestCase("text", null, " ", "corpus.where", Description = "an empty condition")]
    public void Values_that_mean_nothing_are_refused(string text, string? id, string? where, string key)
    {
        var errors = new ConfigurationErrors();

        new ParquetSourceConfig { Name = "web", Paths = ["a.parquet"], TextField = text, IdField = id, Where = where }.Validate("corpus", errors);

        var thrown = Assert.Throws<ConfigurationException>(() => errors.ThrowIfAny("run.yaml"));
        Assert.That(thrown.Errors, Has.Count.EqualTo(1));
        Assert.That(thrown.Errors[0], Does.Contain($"'{key}'"));
    }
}
