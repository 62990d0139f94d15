using Granary.Core.Configuration;

namespace Granary.Cli.Mixtures.Tests;

public sealed class MixConfigTests
{
    private const string Sources = """
        name: run
        corpus:
          sources:
            - {name: notes, type: jsonl, paths: ["notes.jsonl"]}
            - {name: web, type: jsonl, paths: ["web.jsonl"], held_out_one_in: 0}
            - {name: target, type: jsonl, paths: ["target.jsonl"], held_out_one_in: 1}

        """;

    [Test]
    public void A_run_without_the_section_keeps_no_word_of_it()
    {
        var text = ConfigurationFile.Write(ConfigurationFile.Parse<RunConfig>(Sources, "run.yaml"));

        Assert.That(text, Does.Not.Contain("mix:"), "a run that was begun before there was such a section has the same file");
        Assert.That(ConfigurationFile.Parse<RunConfig>(text, "resolved").Mix, Is.Null);
    }

    [Test]
    public void A_run_with_the_section_reads_back_as_it_was_written()
    {
        var config = Parse("search: {type: climb, rounds: [8, 4]}, objective: {metrics: [{name: heldout.target}]}");

        var text = ConfigurationFile.Write(config);

        Assert.That(ConfigurationFile.Write(ConfigurationFile.Parse<RunConfig>(text, "resolved")), Is.EqualTo(text));
    }

    [TestCase("objective: {metrics: [{name: heldout.target}]}", "'mix.search' is 'null' but must be a section with a type")]
    [TestCase("search: {type: random}, objective: {metrics: [{name: heldout.web}]}", "'mix.objective.metrics.0' is 'web'", Description = "a target of which no document is held out")]
    [TestCase("search: {type: random}, objective: {metrics: [{name: heldout.wbe}]}", "'mix.objective.metrics.0' is 'wbe'", Description = "no source of that name")]
    [TestCase("search: {type: random}, objective: {metrics: [{name: prose}]}", "'mix.objective.metrics.0.name' is 'prose'")]
    [TestCase("search: {type: random}, objective: {metrics: [{name: task.chess}]}", "'mix.objective.metrics.0.name' is 'task.chess'")]
    [TestCase("search: {type: random}, objective: {metrics: [{name: heldout.target, weight: 0}]}", "at least one metric with a weight above 0")]
    [TestCase("search: {type: random}, objective: {metrics: [{name: heldout.target}, {name: heldout.target}]}", "named once")]
    [TestCase("search: {type: random}, objective: {metrics: [{name: heldout.target}]}, proxy: {trunk_share: 0.9}", "'mix.proxy.trunk_share' is '0.9'")]
    [TestCase("search: {type: random}, objective: {metrics: [{name: heldout.target}]}, proxy: {tokens_per_step: 1000}", "'mix.proxy.tokens_per_step' is '1000'")]
    [TestCase("search: {type: random}, objective: {metrics: [{name: heldout.target}]}, proxy: {model: {type: llama, max_position_embeddings: 64}}", "1024 or more, the longest row")]
    [TestCase("components: documents, file: nowhere.yaml", "'mix.components' is 'documents'")]
    public void What_cannot_be_searched_is_refused_without_a_device(string mix, string fault)
    {
        var thrown = Assert.Throws<ConfigurationException>(() => Parse(mix));

        Assert.That(thrown.Message, Does.Contain(fault));
    }

    [Test]
    public void Weights_of_the_run_s_own_and_a_search_exclude_each_other()
    {
        var yaml = Sources + "batching: {source_weights: {notes: 1, web: 2, target: 0}}\nmix: {search: {type: random}, objective: {metrics: [{name: heldout.target}]}}\n";

        var thrown = Assert.Throws<ConfigurationException>(() => ConfigurationFile.Parse<RunConfig>(yaml, "run.yaml"));

        Assert.That(thrown.Errors, Has.One.Contains("section 'mix' finds them"));
    }

    [Test]
    public void Proxies_of_plain_operators_round_nothing()
    {
        var yaml = Sources + "training: {fused_kernels: false}\nmix: {search: {type: random}, objective: {metrics: [{name: heldout.target}]}, proxy: {precision: bf16}}\n";

        var thrown = Assert.Throws<ConfigurationException>(() => ConfigurationFile.Parse<RunConfig>(yaml, "run.yaml"));

        Assert.That(thrown.Errors, Has.One.Contains("'mix.proxy.precision' is 'bf16'"));
    }

    [TestCase("embedding: {type: torchscript, module: gone.pt, tokenizer: gone.json}", "'gone.pt'")]
    [TestCase("embedding: {type: hidden-state, model: gone}", "'gone'")]
    [TestCase("clusters: {prune: {classifiers: {good: {file: gone.jsonl}}, bounds: {good: {min: 0.5}}}}", "'gone.jsonl'")]
    public void A_file_that_is_gone_is_asked_for_before_a_run_and_not_when_its_configuration_is_read(string named, string missing)
    {
        var config = Parse($"components: clusters, search: {{type: natural}}, objective: {{metrics: [{{name: heldout.target}}]}}, {named}");

        Assert.That(() => config.Mix!.RequireFiles(), Throws.TypeOf<ConfigurationException>().With.Message.Contains(missing));
    }

    [Test]
    public void One_source_leaves_nothing_to_mix_but_its_clusters()
    {
        string Yaml(string components) => $$"""
            name: run
            corpus: {sources: [{name: notes, type: jsonl, paths: ["notes.jsonl"]}]}
            mix: {components: {{components}}, search: {type: random}, objective: {metrics: [{name: heldout.notes}]} }
            """;

        Assert.That(Assert.Throws<ConfigurationException>(() => ConfigurationFile.Parse<RunConfig>(Yaml("sources"), "run.yaml")).Message, Does.Contain("one source alone leaves nothing to mix"));
        Assert.That(() => ConfigurationFile.Parse<RunConfig>(Yaml("clusters"), "run.yaml"), Throws.Nothing);
    }

    private static RunConfig Parse(string mix)
    {
        return ConfigurationFile.Parse<RunConfig>($"{Sources}mix: {{{mix}}}\n", "run.yaml");
    }
}
