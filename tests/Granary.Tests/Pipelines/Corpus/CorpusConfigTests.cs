using Granary.Core.Configuration;

namespace Granary.Pipelines.Corpus.Tests;

public sealed class CorpusConfigTests
{
    private const string Demo =
        """
        sources:
          - name: reference
            type: xml-docs
            paths: ["${dotnet}/packs/*/*/ref/**/*.xml"]
          - name: headers
            type: text
            paths: ["${torch_include}/{ATen,c10,torch}/**/*.{h,hpp}"]
            limit: 1_000
          - name: web
            type: jsonl
            paths: [~/data/*.jsonl.gz]
            text_field: content
        time_budget: 20s
        """;

    [Test]
    public void Sources_are_chosen_by_their_type()
    {
        var config = ConfigurationFile.Parse<CorpusConfig>(Demo, "demo.yaml");

        Assert.That(config.Sources.Select(source => source.GetType()), Is.EqualTo(new[] { typeof(XmlDocsSourceConfig), typeof(TextSourceConfig), typeof(JsonLinesSourceConfig) }));
        Assert.That(config.Sources[1].Limit, Is.EqualTo(1000));
        Assert.That(config.TimeBudget, Is.EqualTo(TimeSpan.FromSeconds(20)));
        Assert.That(ConfigurationFile.Write(ConfigurationFile.Parse<CorpusConfig>(ConfigurationFile.Write(config), "again")), Is.EqualTo(ConfigurationFile.Write(config)));
    }

    [TestCase("time_budget=0s", "'time_budget'")]
    [TestCase("sources=[]", "'sources'")]
    [TestCase("sources.1.name=reference", "'sources.1.name' is 'reference' (--set) but must be a name that no other source has.")]
    [TestCase("sources.0.paths=[]", "'sources.0.paths'")]
    [TestCase("sources.0.held_out_one_in=-1", "'sources.0.held_out_one_in'")]
    [TestCase("sources.0.error_budget=2", "'sources.0.error_budget'")]
    [TestCase("sources.0.max_document_bytes=0", "'sources.0.max_document_bytes'")]
    [TestCase("sources.2.id_field=content", "'sources.2.id_field'")]
    public void Values_that_cannot_be_used_are_named(string change, string expected)
    {
        var error = Assert.Throws<ConfigurationException>(() => ConfigurationFile.Parse<CorpusConfig>(Demo, "demo.yaml", [change]));

        Assert.That(error.Errors.Single(), Does.StartWith(expected));
    }
}
