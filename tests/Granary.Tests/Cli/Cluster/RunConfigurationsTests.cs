using Granary.Core.Configuration;

namespace Granary.Cli.Cluster.Tests;

public sealed class RunConfigurationsTests
{
    private const string Yaml = """
        name: tiny
        corpus: {sources: [{name: words, type: jsonl, paths: ["words.jsonl"]}]}
        tokenizer: {type: bpe, vocab_size: 300}
        model: {type: llama, hidden_size: 32, num_hidden_layers: 2, num_attention_heads: 2, max_position_embeddings: 512}
        optimizer: {type: adamw, learning_rate: 0.003}
        decomposition: {min_exponent: 5, max_exponent: 9}

        """;

    [TestCase("run", "cpu", 0)]
    [TestCase("run", "cuda", 1)]
    [TestCase("train", "cuda:0", 1)]
    [TestCase("run", "cuda:3", 4, Description = "the fourth is there where there are four")]
    [TestCase("mix", "cuda", 0, Description = "proxies compute on the CPU")]
    [TestCase("corpus", "cuda", 0)]
    [TestCase("decompose", "cuda", 0)]
    public void A_job_needs_the_gpus_of_the_device_that_it_trains_on(string command, string device, int gpus)
    {
        var needs = new RunConfigurations().Check(command, $"{Yaml}training: {{device: '{device}', steps: 10}}\n");

        Assert.That((needs.Name, needs.Gpus), Is.EqualTo(("tiny", gpus)));
    }

    [Test]
    public void Faults_are_told_of_before_anything_is_placed()
    {
        Assert.That(() => new RunConfigurations().Check("run", $"{Yaml}training: {{devise: cuda}}\n"), Throws.TypeOf<ConfigurationException>());
    }
}
